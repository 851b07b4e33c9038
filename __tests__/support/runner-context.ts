import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { arch, tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** The command files through which a step talks to the runner. */
const COMMAND_FILES = { output: 'OUTPUT', state: 'STATE', summary: 'STEP_SUMMARY', env: 'ENV', path: 'PATH' } as const

/** One set of command files; the main and the post step each get their own. */
export interface CommandFiles {
  readonly variables: Record<string, string>
  read(file: keyof typeof COMMAND_FILES): Promise<string>
}

/** The folders of one job, as a runner lays them out, in a temporary folder far from any `node_modules`. */
export class RunnerContext {
  readonly root: string
  readonly temp: string
  readonly home: string
  readonly action: string
  readonly workspace: string
  /** The runner finds processes that outlive a job by this mark in their environment. */
  readonly trackingId = `github_${randomUUID()}`

  private constructor(root: string, workspace: string | undefined) {
    this.root = root
    this.temp = join(root, '_temp')
    this.home = join(root, 'home')
    this.action = join(root, '_actions', 'org', 'acr-geo-push', 'v1')
    this.workspace = workspace ?? join(root, 'web', 'web')
  }

  static async create(workspace?: string): Promise<RunnerContext> {
    const context = new RunnerContext(await realpath(await mkdtemp(join(tmpdir(), 'runner-'))), workspace)
    for (const folder of [context.temp, context.home, context.action, context.workspace]) {
      await mkdir(folder, { recursive: true })
    }
    await writeFile(join(context.root, 'event.json'), '{}')
    return context
  }

  /** The variables every step of a job sees. Of this process's own environment only what describes the machine. */
  variables(): Record<string, string> {
    const machine = ['PATH', 'LANG', 'TZ', 'DOCKER_HOST'].flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    })
    return {
      ...(Object.fromEntries(machine) as Record<string, string>),
      HOME: this.home,
      CI: 'true',
      GITHUB_ACTION: 'geo',
      GITHUB_ACTION_REF: 'v1',
      GITHUB_ACTION_REPOSITORY: 'org/acr-geo-push',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'octocat',
      GITHUB_API_URL: 'https://api.github.com',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_EVENT_PATH: join(this.root, 'event.json'),
      GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
      GITHUB_JOB: 'release',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_REF_TYPE: 'branch',
      GITHUB_REPOSITORY: 'contoso/web',
      GITHUB_REPOSITORY_OWNER: 'contoso',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: '4711',
      GITHUB_RUN_NUMBER: '42',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_SHA: '3c38f2a1d5b0e4c7a9f6128b3d7e5a4c1f0b9d82',
      GITHUB_TRIGGERING_ACTOR: 'octocat',
      GITHUB_WORKFLOW: 'release',
      GITHUB_WORKSPACE: this.workspace,
      RUNNER_ARCH: arch() === 'arm64' ? 'ARM64' : 'X64',
      RUNNER_ENVIRONMENT: 'github-hosted',
      RUNNER_NAME: 'GitHub Actions 1',
      RUNNER_OS: { darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? 'Linux',
      RUNNER_TEMP: this.temp,
      RUNNER_TOOL_CACHE: join(this.root, '_tool'),
      RUNNER_TRACKING_ID: this.trackingId,
      RUNNER_WORKSPACE: join(this.root, 'web'),
    }
  }

  async commandFiles(): Promise<CommandFiles> {
    const folder = join(this.temp, '_runner_file_commands')
    await mkdir(folder, { recursive: true })
    const suffix = randomUUID()
    const pathOf = (file: string) => join(folder, `${file}_${suffix}`)
    const variables: Record<string, string> = {}
    for (const [file, name] of Object.entries(COMMAND_FILES)) {
      await writeFile(pathOf(file), '')
      variables[`GITHUB_${name}`] = pathOf(file)
    }
    return { variables, read: file => readFile(pathOf(file), 'utf8') }
  }

  /** Files a step left in `RUNNER_TEMP` or in the home folder. */
  async leftovers(): Promise<string[]> {
    const found = await Promise.all([filesIn('RUNNER_TEMP', this.temp), filesIn('HOME', this.home)])
    return found.flat().filter(file => !file.startsWith('RUNNER_TEMP/_runner_file_commands'))
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true })
  }
}

async function filesIn(label: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(label, relative(folder, entry.parentPath), entry.name))
}
