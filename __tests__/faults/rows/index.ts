import { type Row } from '../row.ts'
import { armRows } from './arm.ts'
import { changeRows } from './changes.ts'
import { creatingRows } from './creating.ts'
import { endingRows } from './ending.ts'
import { listRows } from './lists.ts'
import { foreignRows } from './foreign.ts'
import { hostileRows } from './hostile.ts'
import { programRows } from './programs.ts'
import { pushRows } from './push.ts'
import { regionRows } from './regions.ts'
import { registryRows } from './registry.ts'
import { regressingRows } from './regressing.ts'
import { reportRows } from './reports.ts'
import { signInRows } from './sign-in.ts'
import { waitingRows } from './waiting.ts'

/** The fault matrix, by the place where things go wrong. */
export const areas: Readonly<Record<string, readonly Row[]>> = {
  'Azure Resource Manager, reading': [...listRows, ...armRows],
  'Creating replicas': creatingRows,
  'Replicas while they are waited for': waitingRows,
  'Sign-in to Azure': signInRows,
  'Sign-in to the registry': registryRows,
  'The regions': [...regionRows, ...regressingRows],
  'The push': [...pushRows, ...programRows],
  'Other changes': changeRows,
  Cancellation: endingRows,
  'Hostile input': [...hostileRows, ...foreignRows],
  'Partial truth': reportRows,
}
