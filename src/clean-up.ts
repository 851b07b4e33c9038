import { basename } from 'node:path'
import { messageOf } from './base/errors.ts'
import { DIRECTORY_PREFIX, removeDockerConfig } from './docker/config.ts'

interface StateCore {
  getState(name: string): string
  info(message: string): void
}

/** After the job: removes the docker configuration that a killed run may have left. Never fails; does nothing the second time. */
export async function cleanUp(core: StateCore): Promise<void> {
  const dir = core.getState('docker-config')
  if (dir === '' || !basename(dir).startsWith(DIRECTORY_PREFIX)) return
  try {
    await removeDockerConfig(dir)
  } catch (error) {
    core.info(`The docker configuration ${dir} could not be removed: ${messageOf(error)}`)
  }
}
