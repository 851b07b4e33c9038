import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DIRECTORY_PREFIX, createDockerConfig, removeDockerConfig } from '../../../src/docker/config.ts'

const HOST = 'contoso.azurecr.io'
const USER = Buffer.from('00000000-0000-0000-0000-000000000000:').toString('base64')
const posix = process.platform !== 'win32'

let root: string
let temp: string
let user: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'config-test-'))
  temp = join(root, 'temp')
  user = join(root, 'user')
  await mkdir(user)
})
afterEach(() => rm(root, { recursive: true }))

const settingsIn = async (dir: string) =>
  JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as Record<string, Record<string, unknown>>
const userSettings = (settings: unknown) => writeFile(join(user, 'config.json'), JSON.stringify(settings))

describe('createDockerConfig', () => {
  test('makes a directory of its own, for nobody else to read', async () => {
    const config = await createDockerConfig(temp, user, 'docker')
    const other = await createDockerConfig(temp, user, 'docker')
    expect([dirname(config.dir), basename(config.dir).startsWith(DIRECTORY_PREFIX)]).toEqual([temp, true])
    expect(other.dir).not.toBe(config.dir)
    const modes = await Promise.all(
      [config.dir, join(config.dir, 'config.json')].map(async path => (await stat(path)).mode & 0o777),
    )
    expect(modes).toEqual(posix ? [0o700, 0o600] : modes)
    expect(await settingsIn(config.dir)).toEqual({})
  })

  test('says what is wrong with a place that takes none', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(createDockerConfig(join(root, 'file', 'x'), user, 'docker')).rejects.toMatchObject({
      kind: 'invalid',
      remedy: expect.stringContaining('RUNNER_TEMP'),
    })
  })

  test('podman reads the credential of a file it is told of, and of no helper', async () => {
    const config = await createDockerConfig(temp, user, 'podman')
    await config.setCredential(HOST, 'token')
    expect(config.env).toEqual({ DOCKER_CONFIG: config.dir, REGISTRY_AUTH_FILE: join(config.dir, 'config.json') })
    expect(Object.keys(await settingsIn(config.dir))).toEqual(['auths'])
    expect((await createDockerConfig(temp, user, 'docker')).env).toEqual({ DOCKER_CONFIG: expect.any(String) })
  })

  test('starts from the settings of the user', async () => {
    const settings = { credsStore: 'desktop', proxies: { default: {} }, auths: { 'ghcr.io': { auth: 'x' } } }
    await userSettings({ ...settings, credHelpers: { 'gcr.io': 'gcloud' } })
    const config = await createDockerConfig(temp, user, 'docker')
    await config.setCredential(HOST, 'token')
    expect(await settingsIn(config.dir)).toEqual({
      ...settings,
      auths: { 'ghcr.io': { auth: 'x' }, [HOST]: { auth: USER, identitytoken: 'token' } },
      credHelpers: { 'gcr.io': 'gcloud', [HOST]: '' },
    })
  })

  test('a helper or an older credential of the user for this host does not win', async () => {
    await userSettings({ credHelpers: { [HOST]: 'acr-env' }, auths: { [HOST]: { auth: 'old' } } })
    const config = await createDockerConfig(temp, user, 'docker')
    await config.setCredential(HOST, 'first')
    await config.setCredential(HOST, 'renewed')
    await config.setCredential('contoso.eastus.geo.azurecr.io', 'other')
    const { auths = {}, credHelpers } = await settingsIn(config.dir)
    expect(auths[HOST]).toEqual({ auth: USER, identitytoken: 'renewed' })
    expect(Object.keys(auths)).toHaveLength(2)
    expect(credHelpers).toEqual({ [HOST]: '', 'contoso.eastus.geo.azurecr.io': '' })
  })

  test.each([
    ['nothing', undefined],
    ['no JSON', '{"auths":'],
    ['an array', '[]'],
    ['null', 'null'],
  ])('does with %s for settings', async (_, text) => {
    if (text !== undefined) await writeFile(join(user, 'config.json'), text)
    const config = await createDockerConfig(temp, user, 'docker')
    await config.setCredential(HOST, 'token')
    expect(Object.keys((await settingsIn(config.dir))['auths'] ?? {})).toEqual([HOST])
  })

  test('does without a directory of the user', async () => {
    const config = await createDockerConfig(temp, join(root, 'none'), 'docker')
    expect(await readdir(config.dir)).toEqual(['config.json'])
  })

  test('contexts and plugins are the user’s own, linked', async () => {
    await mkdir(join(user, 'contexts', 'meta'), { recursive: true })
    await writeFile(join(user, 'contexts', 'meta', 'a'), 'context')
    await writeFile(join(user, 'token_seed'), 'not a folder')
    const config = await createDockerConfig(temp, user, 'docker')
    expect((await readdir(config.dir)).sort()).toEqual(['config.json', 'contexts'])
    expect(await readFile(join(config.dir, 'contexts', 'meta', 'a'), 'utf8')).toBe('context')
    expect(await readlink(join(config.dir, 'contexts'))).toBe(join(user, 'contexts'))
  })
})

describe('the configuration of the user', () => {
  const before = { auths: { 'ghcr.io': { auth: 'x' } } }

  test('stays as it is', async () => {
    await userSettings(before)
    const config = await createDockerConfig(temp, user, 'docker')
    await config.setCredential(HOST, 'token')
    await config.remove()
    expect([await settingsIn(user), await readdir(user)]).toEqual([before, ['config.json']])
  })

  test('stays as it is when its file is a link, and the token is not written through it', async () => {
    const dotfiles = join(root, 'dotfiles.json')
    await writeFile(dotfiles, JSON.stringify(before))
    await symlink(dotfiles, join(user, 'config.json'))
    const config = await createDockerConfig(temp, user, 'docker')
    await config.setCredential(HOST, 'token')
    expect(JSON.parse(await readFile(dotfiles, 'utf8'))).toEqual(before)
    expect((await settingsIn(config.dir))['auths']).toMatchObject({ ...before.auths, [HOST]: expect.anything() })
  })

  test('keeps its folders when the linking directory goes', async () => {
    await mkdir(join(user, 'contexts'))
    await writeFile(join(user, 'contexts', 'a'), 'context')
    const config = await createDockerConfig(temp, user, 'docker')
    await config.remove()
    await config.remove()
    expect(await readdir(temp)).toEqual([])
    expect(await readFile(join(user, 'contexts', 'a'), 'utf8')).toBe('context')
  })
})

test('removeDockerConfig takes what a killed run left, also when it is gone', async () => {
  const { dir } = await createDockerConfig(temp, user, 'docker')
  await removeDockerConfig(dir)
  await removeDockerConfig(dir)
  expect(await readdir(temp)).toEqual([])
})
