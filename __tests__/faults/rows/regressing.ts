import { NEVER } from '../../support/step/azure.ts'
import { REPOSITORY } from '../../support/step/push-image.ts'
import { cancelled, red, type Row } from '../row.ts'

const OTHER = `sha256:${'0'.repeat(64)}`
/** One region is ready soon, the other never. */
const HALF: Pick<Row, 'run' | 'regions' | 'scenario'> = {
  run: 'gate',
  regions: ['eastus', 'japaneast'],
  scenario: { timing: { japaneast: { sync: NEVER } } },
}
const overwritten: Row['on'] = {
  line: /eastus: READY/,
  act: azure => azure.tamper.setTag('eastus', REPOSITORY, '1.2', OTHER),
}
const deleted: Row['on'] = { line: /eastus: READY/, act: azure => azure.tamper.removeReplica('eastus') }

/** What was ready and is not any more when the run ends before the others are. */
export const regressingRows: readonly Row[] = [
  {
    ...HALF,
    fault: 'a ready region is overwritten while another is waited for until the deadline',
    inputs: { timeout: '7s' },
    on: overwritten,
    expected: red(/eastus: .*tag 1\.2 is not there.*japaneast: replica Succeeded, Syncing/, { ready: [] }),
  },
  {
    ...HALF,
    fault: 'a ready region is deleted while another is waited for until the deadline',
    inputs: { timeout: '10s' },
    on: deleted,
    expected: red(/eastus: .*japaneast: replica Succeeded, Syncing/, { ready: [] }),
  },
  {
    ...HALF,
    fault: 'a ready region is overwritten, and the run is cancelled (SIGINT)',
    inputs: { timeout: '20s' },
    on: overwritten,
    cancel: { signal: 'SIGINT', line: /eastus: no longer ready/ },
    expected: cancelled('SIGINT', { ready: [] }),
  },
]
