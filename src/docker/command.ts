import { StepError } from '../base/errors.ts'
import { type ProgramContext, type ProgramResult, runProgram } from '../base/program.ts'

/** How docker is run. */
export type DockerContext = ProgramContext

/**
 * Runs `docker ARGS` to its end.
 *
 * @param onLine hears every line as it comes
 * @throws StepError `invalid` when there is no docker; the signal's reason when it aborts
 */
export async function docker(
  args: readonly string[],
  context: DockerContext,
  onLine?: (stream: 'stdout' | 'stderr', line: string) => void,
): Promise<ProgramResult> {
  try {
    return await runProgram('docker', args, context, onLine)
  } catch (error) {
    context.signal.throwIfAborted()
    throw notStarted(error as NodeJS.ErrnoException)
  }
}

function notStarted(error: NodeJS.ErrnoException): StepError {
  return error.code === 'ENOENT'
    ? new StepError('invalid', 'There is no docker command on this runner', {
        remedy: 'Run the job where Docker is installed, such as ubuntu-latest; macOS runners have none.',
        cause: error,
      })
    : new StepError('invalid', `docker could not be started: ${error.message}`, {
        remedy: 'Check the installation of Docker on this runner.',
        cause: error,
      })
}
