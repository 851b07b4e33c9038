import { lookup } from 'node:dns/promises'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { HostsFile } from '../../emulator/host/hosts-file.ts'
import { ask, openRepository, pushImage, withEmulator } from './clients.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hosts-'))
  file = join(folder, 'hosts')
  writeFileSync(file, '127.0.0.1 localhost\n127.0.0.1 mine.localhost # by hand\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

const text = () => readFileSync(file, 'utf8')
const original = '127.0.0.1 localhost\n127.0.0.1 mine.localhost # by hand\n'

/** Systems that resolve `*.localhost` by themselves (systemd-resolved) need no line, and get none. */
const resolvesByItself = await lookup('surely-not-in-any-file.localhost').then(
  () => true,
  () => false,
)
const whereNeeded = resolvesByItself ? describe.skip : describe

whereNeeded('the hosts file', () => {
  test('gets marked lines, only for what it lacks, and is as before afterwards', async () => {
    const hosts = new HostsFile('a', file)
    await hosts.set(['one.localhost', 'mine.localhost'])
    expect(text()).toBe(`${original}127.0.0.1 one.localhost # acr-geo-push emulator pid=${process.pid} id=a\n`)
    hosts.clear()
    expect(text()).toBe(original)
  })

  test('keeps two emulators apart, also on the same name', async () => {
    const [first, second] = [new HostsFile('a', file), new HostsFile('b', file)]
    await first.set(['one.localhost'])
    await second.set(['one.localhost', 'two.localhost'])
    first.clear()
    expect(
      text()
        .split('\n')
        .filter(line => line.includes('id=b')).length,
    ).toBe(2)
    expect(text()).not.toContain('id=a')
    second.clear()
    expect(text()).toBe(original)
  })

  test('loses the lines of a process that is gone', async () => {
    writeFileSync(file, `${original}127.0.0.1 old.localhost # acr-geo-push emulator pid=999999999 id=z\n`)
    const hosts = new HostsFile('a', file)
    await hosts.set(['one.localhost'])
    expect(text()).not.toContain('old.localhost')
    hosts.clear()
  })

  test('that can’t be written: what to add is said', async () => {
    const hosts = new HostsFile('a', join(folder, 'nowhere', 'hosts'))
    await hosts.set(['one.localhost'])
    expect(hosts.missing).toEqual(['127.0.0.1 one.localhost'])
  })
})

describe('names of a cloud', () => {
  test('get a line wherever *.localhost resolves by itself, too', async () => {
    const hosts = new HostsFile('a', file)
    await hosts.set(['contoso.azurecr.us'])
    expect(text()).toBe(`${original}127.0.0.1 contoso.azurecr.us # acr-geo-push emulator pid=${process.pid} id=a\n`)
    hosts.clear()
    expect(text()).toBe(original)
  })

  test('lead to the local Azure, with a certificate for them, and its own challenge; data hosts too', async () => {
    const registry = { label: 'contoso-a1b2c3d4', suffix: 'azurecr.us', home: 'usgovarizona' }
    await withEmulator({ registry, replicas: [{ location: 'usgovvirginia' }] }, async azure => {
      const { loginServer, hostsToAdd } = azure.ready
      // What somebody else has to add where a test may not.
      expect(hostsToAdd).toEqual([])
      expect(loginServer).toMatch(/^contoso-a1b2c3d4\.azurecr\.us:\d+$/)
      expect(azure.regionalEndpoint('usgovvirginia')).toMatch(/^contoso-a1b2c3d4\.usgovvirginia\.geo\.azurecr\.us:\d+$/)
      for (const host of [loginServer, azure.regionalEndpoint('usgovvirginia') ?? '']) {
        const { status, headers } = await ask(azure, `https://${host}/v2/`)
        expect([status, headers['www-authenticate']]).toEqual([
          401,
          expect.stringContaining(`service="${loginServer}"`),
        ])
      }
      const image = await pushImage(await openRepository(azure, loginServer, 'team/app'), '1')
      const [layer = ''] = image.layers
      const { status, headers } = await (await openRepository(azure, loginServer, 'team/app')).ask(`blobs/${layer}`)
      expect([status, headers.location]).toEqual([
        307,
        expect.stringMatching(/^https:\/\/contoso-a1b2c3d4\.usgovarizona\.data\.azurecr\.us:\d+\//),
      ])
      expect((await ask(azure, headers.location ?? '')).status).toBe(200)
    })
  })
})

describe('two emulators', () => {
  test('at once, of the same names, do not disturb each other', async () => {
    await withEmulator({}, async first => {
      await withEmulator({}, async second => {
        expect(second.ready.loginServer).not.toBe(first.ready.loginServer)
        const { requests } = first
        const before = requests.length
        expect((await ask(second, `https://${second.ready.loginServer}/v2/`)).status).toBe(401)
        expect(requests.length).toBe(before)
      })
      expect((await ask(first, `https://${first.ready.loginServer}/v2/`)).status).toBe(401)
    })
  })
})
