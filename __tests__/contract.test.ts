import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import ts from 'typescript'
import { parse } from 'yaml'
import { AUTH_METHODS, readInputs } from '../src/inputs.ts'
import { createOutputs } from '../src/outputs.ts'
import { WAIT_FOR } from '../src/verdict.ts'

// What a workflow sees is written down in several places: action.yml, the code that reads and sets it, README.md, action-types.yml and every
// sample. They have to say the same, and what users of v1 rely on has to stay.

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

interface Declaration {
  readonly description?: unknown
  readonly required?: unknown
  readonly default?: unknown
}

interface Manifest {
  readonly name?: unknown
  readonly description?: unknown
  readonly branding?: Readonly<Record<'icon' | 'color', string>>
  readonly inputs: Readonly<Record<string, Declaration>>
  readonly outputs: Readonly<Record<string, Declaration>>
  readonly runs: Readonly<Record<string, string>>
}

interface Typing {
  readonly type: string
  readonly separator?: string
  readonly 'list-item'?: Typing
  readonly 'allowed-values'?: readonly string[]
}

const ACTION = parse(read('action.yml')) as Manifest
const TYPES = parse(read('action-types.yml')) as Record<'inputs' | 'outputs', Readonly<Record<string, Typing>>>
const INPUTS = Object.keys(ACTION.inputs)
const OUTPUTS = Object.keys(ACTION.outputs)

/** What was promised to workflows that pin v1: the inputs with their defaults. Nothing here is ever renamed, dropped or given another default. */
const PROMISED_INPUTS: Readonly<Record<string, 'required' | { readonly default: string | undefined }>> = {
  image: 'required',
  regions: 'required',
  registry: { default: undefined },
  'resource-group': { default: undefined },
  'subscription-id': { default: undefined },
  'source-image': { default: undefined },
  push: { default: 'true' },
  digest: { default: undefined },
  'push-endpoint': { default: 'global' },
  'create-replicas': { default: 'true' },
  'global-endpoint-routing': { default: 'true' },
  'enable-regional-endpoints': { default: 'false' },
  'upgrade-to-premium': { default: 'false' },
  'prune-replicas': { default: 'false' },
  'webhook-uri': { default: undefined },
  'wait-for': { default: 'auto' },
  timeout: { default: '30m' },
  'dry-run': { default: 'false' },
  auth: { default: 'auto' },
  'client-id': { default: undefined },
  'tenant-id': { default: undefined },
  environment: { default: 'azurecloud' },
  'resource-manager-endpoint': { default: undefined },
  'authority-host': { default: undefined },
  'github-token': { default: undefined },
  'commit-status': { default: 'false' },
  report: { default: undefined },
  summary: { default: 'true' },
}

/** Promised for a later release: they may be absent, as an input without a wire behind it has no place in action.yml. */
const NOT_BUILT_YET = new Set([
  'global-endpoint-routing',
  'upgrade-to-premium',
  'prune-replicas',
  'github-token',
  'commit-status',
  'report',
])

/** Inputs that came on top. */
const ADDED_INPUTS = new Set(['platform'])

const PROMISED_OUTPUTS = [
  'digest',
  'image',
  'image-digest',
  'images',
  'matrix',
  'replicas',
  'ready',
  'ready-regions',
  'pending-regions',
  'created-replicas',
  'login-server',
  'repository',
  'tag',
  'dry-run-plan',
]

const REQUIRED = { image: 'contoso.azurecr.io/public/products/web:1.2', regions: 'eastus' }
const DEFAULTS = Object.fromEntries(
  Object.entries(ACTION.inputs).map(([name, { default: value }]) => [name, typeof value === 'string' ? value : '']),
)

/** Reads inputs as the runner hands them over: what is not set is an empty text. */
const readWith = (values: Readonly<Record<string, string>>, onRead: (name: string) => void = () => undefined) =>
  readInputs(name => {
    onRead(name)
    return values[name] ?? ''
  }, {})

const sorted = (names: Iterable<string>) => [...names].sort()

describe('action.yml', () => {
  test('runs on Node 24 from files that are there', () => {
    expect(ACTION.runs['using']).toBe('node24')
    for (const entry of ['main', 'post'] as const) expect(existsSync(join(ROOT, ACTION.runs[entry] ?? '-'))).toBe(true)
    for (const file of ['dist/package.json', 'dist/licenses.txt']) expect(existsSync(join(ROOT, file))).toBe(true)
  })

  test('has what the Marketplace asks for', () => {
    expect(typeof ACTION.name).toBe('string')
    expect(typeof ACTION.description).toBe('string')
    expect(ACTION.branding?.icon).toMatch(/^[a-z-]+$/)
    expect(ACTION.branding?.color).toMatch(/^[a-z-]+$/)
  })

  test.each(INPUTS)('input %s is described, and its default is a text', name => {
    const { description, required, default: value } = ACTION.inputs[name] ?? {}
    expect(description).toEqual(expect.stringMatching(/\S.*[.!]$/s))
    expect(typeof required).toBe('boolean')
    expect(['string', 'undefined']).toContain(typeof value)
    if (required === true) expect(value).toBeUndefined()
  })

  test.each(OUTPUTS)('output %s is described', name => {
    expect(ACTION.outputs[name]?.description).toEqual(expect.stringMatching(/\S.*[.!]$/s))
  })
})

describe('the promise to users of v1', () => {
  test('every promised input is there', () => {
    const promised = Object.keys(PROMISED_INPUTS).filter(name => INPUTS.includes(name) || !NOT_BUILT_YET.has(name))
    expect(INPUTS).toEqual(expect.arrayContaining(promised))
  })

  test('nothing is there that was neither promised nor added on purpose', () => {
    expect(INPUTS.filter(name => !(name in PROMISED_INPUTS) && !ADDED_INPUTS.has(name))).toEqual([])
  })

  test.each(INPUTS.filter(name => name in PROMISED_INPUTS))('input %s is required or defaults as promised', name => {
    const { required, default: value } = ACTION.inputs[name] ?? {}
    expect(required === true ? 'required' : { default: value }).toEqual(PROMISED_INPUTS[name])
  })

  test('every promised output is there, and the JSON ones are JSON from the first moment on', () => {
    expect(OUTPUTS).toEqual(expect.arrayContaining(PROMISED_OUTPUTS))
    const set = new Map<string, string>()
    createOutputs((name, value) => set.set(name, value))
    for (const name of ['images', 'matrix', 'replicas'])
      expect(() => JSON.parse(set.get(name) ?? '') as unknown).not.toThrow()
    expect(set.get('ready')).toBe('false')
  })
})

describe('src/inputs.ts', () => {
  test('reads exactly the inputs that action.yml declares', () => {
    const names = new Set<string>()
    const record = (values: Readonly<Record<string, string>>) => {
      try {
        readWith(values, name => names.add(name))
      } catch {
        // A combination may be refused; what was read until then counts.
      }
    }
    record({ ...DEFAULTS, ...REQUIRED })
    // An input may be read only when another one asks for it.
    for (const [name, value] of Object.entries(DEFAULTS)) {
      if (value === 'true' || value === 'false') record({ ...DEFAULTS, ...REQUIRED, [name]: String(value === 'false') })
    }
    record({ ...DEFAULTS, ...REQUIRED, environment: 'custom' })
    expect(sorted(names)).toEqual(sorted(INPUTS))
  })

  test('assumes for an input that is not set what action.yml says is its default', () => {
    expect(readWith(REQUIRED)).toEqual(readWith({ ...DEFAULTS, ...REQUIRED }))
  })

  test.each(INPUTS.filter(name => ACTION.inputs[name]?.required === true))('refuses a run without %s', name => {
    expect(() => readWith({ ...DEFAULTS, ...REQUIRED, [name]: '' })).toThrow(`Input '${name}' is missing`)
  })
})

describe('src/outputs.ts', () => {
  test('declares exactly the outputs of action.yml', () => {
    const source = ts.createSourceFile('outputs.ts', read('src/outputs.ts'), ts.ScriptTarget.Latest)
    const declared = source.statements
      .filter(ts.isInterfaceDeclaration)
      .filter(({ name }) => name.text === 'Outputs')
      .flatMap(({ members }) => members.map(member => member.name))
      .map(name => (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : '?'))
    expect(sorted(declared)).toEqual(sorted(OUTPUTS))
  })
})

describe('action-types.yml', () => {
  test('types exactly the inputs and outputs of action.yml', () => {
    expect(sorted(Object.keys(TYPES.inputs))).toEqual(sorted(INPUTS))
    expect(sorted(Object.keys(TYPES.outputs))).toEqual(sorted(OUTPUTS))
  })

  test.each([...Object.entries(TYPES.inputs), ...Object.entries(TYPES.outputs)])('%s has a valid type', (_, typing) => {
    const { type, separator, 'list-item': item, 'allowed-values': values } = typing
    expect(['string', 'boolean', 'integer', 'float', 'enum', 'list']).toContain(type)
    expect(separator !== undefined && item !== undefined).toBe(type === 'list')
    expect(values !== undefined).toBe(type === 'enum')
  })

  test('a boolean is what has a boolean default', () => {
    const booleans = Object.entries(TYPES.inputs).flatMap(([name, { type }]) => (type === 'boolean' ? [name] : []))
    const expected = INPUTS.filter(name => ['true', 'false'].includes(DEFAULTS[name] ?? ''))
    expect(sorted(booleans)).toEqual(sorted(expected))
  })

  test('the words of an enum are those the code takes', () => {
    const words = (name: string) => TYPES.inputs[name]?.['allowed-values']
    expect(words('auth')).toEqual(AUTH_METHODS)
    expect(words('wait-for')).toEqual(WAIT_FOR)
    for (const [name, { 'allowed-values': values = [] }] of Object.entries(TYPES.inputs)) {
      for (const value of values) {
        const urls = { 'resource-manager-endpoint': 'https://arm.example', 'authority-host': 'https://entra.example' }
        expect(() => readWith({ ...REQUIRED, ...(value === 'custom' ? urls : {}), [name]: value })).not.toThrow()
      }
      if (values.length > 0) expect(() => readWith({ ...REQUIRED, [name]: 'something-else' })).toThrow(name)
    }
  })
})

describe('README.md', () => {
  const readme = read('README.md')

  test('has tables that are generated from action.yml, and current', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test.each([
    ['inputs', INPUTS],
    ['outputs', OUTPUTS],
  ])('its table of %s names all of them', (name, expected) => {
    const [, table = ''] = new RegExp(`<!-- ${name}:start -->(.*)<!-- ${name}:end -->`, 's').exec(readme) ?? []
    const names = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell)
    expect(names).toEqual(expected)
  })

  test('its two commands are scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const [, script = ''] of readme.matchAll(/^npm run ([\w:-]+)/gm))
      expect(Object.keys(scripts)).toContain(script)
    expect(readme).toMatch(/^npm run demo$/m)
    expect(readme).toMatch(/^npm test$/m)
  })
})

// ── Samples ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs')).map(name => `docs/${name}`),
]
  .filter(page => page.endsWith('.md') && existsSync(join(ROOT, page)))
  .map(page => [page, read(page)] as const)

interface Step {
  readonly id?: string
  readonly uses: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly outputs?: Readonly<Record<string, string>>
}

interface Sample {
  readonly where: string
  readonly text: string
  readonly document: unknown
}

const SAMPLES: readonly Sample[] = PAGES.flatMap(([page, text]) =>
  [...text.matchAll(/^( *)```ya?ml\n(.*?)^ *```/gms)].map(([, indent = '', body = ''], index) => {
    const block = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    return { where: `${page}, sample ${index + 1}`, text: block, document: parse(block) as unknown }
  }),
)

/** All steps in a document that use an action. */
function stepsIn(node: unknown): Step[] {
  if (Array.isArray(node)) return node.flatMap(stepsIn)
  if (typeof node !== 'object' || node === null) return []
  if ('uses' in node && typeof node.uses === 'string') return [node as Step]
  return Object.values(node).flatMap(stepsIn)
}

const isOurs = ({ uses }: Step) => /(?:^|\/)acr-geo-push@/.test(uses) || uses === './'

const OUR_STEPS = SAMPLES.flatMap(sample =>
  stepsIn(sample.document)
    .filter(isOurs)
    .map((step, index) => ({ name: `${sample.where}, step ${index + 1}`, step, sample })),
)

/** What an expression of a workflow may stand for, by the input it is given to. */
const STAND_INS: Readonly<Record<string, string>> = {
  image: REQUIRED.image,
  'subscription-id': '22222222-2222-2222-2222-222222222222',
  digest: `sha256:${'0'.repeat(64)}`,
  'webhook-uri': 'https://hooks.example.com/acr',
  'source-image': 'web:candidate',
  'dry-run': 'true',
  push: 'true',
}

/** A value as the runner hands it over, with something plausible for its expressions. */
function evaluated(name: string, value: unknown): string {
  const text = String(value)
  if (/^\$\{\{[^}]*\}\}$/.test(text.trim())) return STAND_INS[name] ?? 'abc'
  return text.replaceAll(/\$\{\{[^}]*\}\}/g, '1')
}

describe('the samples', () => {
  test('are there', () => {
    expect(OUR_STEPS.length).toBeGreaterThan(10)
  })

  test.each(OUR_STEPS)('$name gives inputs that the action has and takes', ({ step }) => {
    const given = step.with ?? {}
    expect(INPUTS).toEqual(expect.arrayContaining(Object.keys(given)))
    const values = Object.entries(given).map(([name, value]) => [name, evaluated(name, value)])
    expect(() => readWith({ ...DEFAULTS, ...(Object.fromEntries(values) as Record<string, string>) })).not.toThrow()
  })

  test.each(OUR_STEPS)('$name may ask GitHub for a token where it signs in by OIDC', ({ step, sample }) => {
    if (!('client-id' in (step.with ?? {})) || !hasJobs(sample.document)) return
    const { permissions, jobs } = sample.document
    const job = Object.values(jobs).find(candidate => stepsIn(candidate).includes(step))
    expect((job?.permissions ?? permissions)?.['id-token']).toBe('write')
  })

  test.each(SAMPLES.map(({ where, ...rest }) => ({ name: where, ...rest })))(
    '$name reads outputs that exist',
    sample => {
      const ours = new Set(
        stepsIn(sample.document)
          .filter(isOurs)
          .flatMap(({ id }) => id ?? []),
      )
      for (const [, id = '', output = ''] of sample.text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        if (ours.has(id)) expect(OUTPUTS).toContain(output)
      }
      if (!hasJobs(sample.document)) return
      for (const [, name = '', output = ''] of sample.text.matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        expect(Object.keys(sample.document.jobs[name]?.outputs ?? {})).toContain(output)
      }
    },
  )
})

function hasJobs(document: unknown): document is {
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
} {
  return typeof document === 'object' && document !== null && 'jobs' in document
}

describe('the pages', () => {
  const links = PAGES.flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })),
  )

  test.each(links)('$page links to $link, which is there', ({ page, link }) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(page, '..', path)
    expect(existsSync(join(ROOT, target))).toBe(true)
    if (anchor === undefined || !target.endsWith('.md')) return
    expect(headings(read(target))).toContain(anchor)
  })

  const blocks = PAGES.flatMap(([page, text]) =>
    [...text.matchAll(/^```json\n(.*?)^```/gms)].map(([, body = ''], index) => ({
      name: `${page}, ${index + 1}`,
      body,
    })),
  )

  test.each(blocks)('JSON of $name can be parsed', ({ body }) => {
    expect(() => JSON.parse(body) as unknown).not.toThrow()
  })
})

/** The anchors GitHub gives to the headings of a page. */
function headings(text: string): string[] {
  return [...text.replaceAll(/^( *)```.*?^ *```/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
