import { expect } from '@jest/globals'
import { cancelled, type Check, green, red, type Row } from '../row.ts'

/** A program that leaves the session, the process group and the environment of the step, as daemons do, with the output it was given. */
const DAEMON = `env -i "$(command -v setsid)" "$(command -v sleep)" 15 &`
const soon: Check = ({ run }) => expect(run.ms).toBeLessThan(12_000)
const silent = 'case "$1" in --version) exec sleep 3600;; *) exec "$REAL_DOCKER" "$@";; esac'

/** A docker command that does not end as it should. */
export const programRows: readonly Row[] = [
  {
    fault: 'docker --version never answers (deadline)',
    run: 'push',
    inputs: { timeout: '4s' },
    docker: silent,
    expected: red(/^Not done within the timeout of 4/),
  },
  {
    fault: 'docker --version never answers, and the run is cancelled (SIGINT)',
    run: 'push',
    docker: silent,
    cancel: { signal: 'SIGINT', line: /Registry contoso: Premium/ },
    expected: cancelled('SIGINT', { log: [/Done: nothing was changed or pushed/] }),
  },
  {
    fault: 'docker push leaves a daemon behind that holds its output open',
    run: 'push',
    docker: `case "$1" in push) "$REAL_DOCKER" "$@" || exit; ${DAEMON} exit 0;; *) exec "$REAL_DOCKER" "$@";; esac`,
    expected: green({ check: soon }),
  },
  {
    fault: 'docker push leaves a daemon behind that holds its output open, and the run is cancelled (SIGTERM)',
    run: 'push',
    docker: `case "$1" in push) ${DAEMON} echo 'The push refers to repository'; sleep 60;; *) exec "$REAL_DOCKER" "$@";; esac`,
    cancel: { signal: 'SIGTERM', line: /│ The push refers to repository/ },
    expected: cancelled('SIGTERM', { log: [/Not done: the push is not complete/], check: soon }),
  },
]
