import { SecretMasker } from './secret-masker.ts'
import { KNOWN_COMMANDS, parseCommand, type WorkflowCommand } from './workflow-commands.ts'

/** A note the runner shows beside the run. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title?: string
  readonly message: string
}

/** What a runner makes of the output of a step, line by line. */
export class StepLog {
  readonly masker = new SecretMasker()
  readonly annotations: Annotation[] = []
  /** The log as the runner keeps it: masked, commands carried out, `##[group]` and the like in their place. */
  readonly lines: string[] = []
  readonly outputs: Record<string, string> = {}
  readonly state: Record<string, string> = {}
  private readonly showDebug: boolean
  private readonly onLine: (line: string) => void
  private stopToken: string | undefined

  constructor({ showDebug = false, onLine = () => {} }: { showDebug?: boolean; onLine?: (line: string) => void } = {}) {
    this.showDebug = showDebug
    this.onLine = onLine
  }

  /** Takes one line of standard output or standard error. */
  read(line: string): void {
    const command = parseCommand(line, name => name === this.stopToken || KNOWN_COMMANDS.includes(name))
    if (!command) return this.print(line)
    if (this.stopToken !== undefined) {
      if (command.name === this.stopToken) this.stopToken = undefined
      return this.print(line)
    }
    this.carryOut(command, line)
  }

  /** Adds a note, both to the log and beside it. */
  annotate(level: Annotation['level'], message: string, title?: string): void {
    const mask = (text: string) => this.masker.mask(text)
    this.annotations.push({ level, message: mask(message), ...(title === undefined ? {} : { title: mask(title) }) })
    this.print(`##[${level}]${message}`)
  }

  private print(text: string): void {
    for (const line of this.masker.mask(text).split('\n')) {
      this.lines.push(line)
      this.onLine(line)
    }
  }

  private carryOut({ name, properties, data }: WorkflowCommand, line: string): void {
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        return this.annotate(name, data, properties['title'])
      case 'group':
      case 'endgroup':
        return this.print(`##[${name}]${data}`)
      case 'debug':
        return this.showDebug ? this.print(`##[debug]${data}`) : undefined
      case 'add-mask':
        if (data.trim() === '') return this.annotate('warning', "Can't add secret mask for empty string")
        return this.masker.add(data)
      case 'stop-commands':
        this.stopToken = data.toLowerCase()
        return this.print(line)
      case 'set-output':
        this.outputs[properties['name'] ?? ''] = data
        return
      case 'save-state':
        this.state[properties['name'] ?? ''] = data
        return
      case 'set-env':
      case 'add-path':
        return this.annotate('error', `Unable to process command '${line}': the command '${name}' is disabled`)
      default:
        return // Problem matchers and echo change nothing that is looked at here.
    }
  }
}
