import { describe, expect, test } from '@jest/globals'
import { type Emulator, type ScenarioInput } from '../../emulator/index.ts'
import { armClient, ociManifest, openRepository, pushImage, pushIndex, until, withEmulator } from './clients.ts'

const name = 'team/app'
const instant = { create: 0, sync: 0, home: 0, blobs: 0, manifests: 0, tags: 0, events: 0, update: 0, delete: 0 }
const open = (emulator: Emulator, host = emulator.ready.loginServer) => openRepository(emulator, host, name)

describe('a push', () => {
  test('is in one replica at once and in the others step by step: blobs, manifest, tag', async () => {
    const timing = { default: { ...instant, blobs: 0.15, manifests: 0.15, tags: 0.15 } }
    await withEmulator({ timing }, async emulator => {
      const { truth } = emulator
      const repository = await open(emulator)
      const image = await pushImage(repository, '1')
      const seen = new Set<string>()
      const look = async () => {
        const blob = (await truth.blob('eastus', name, image.config)) !== undefined
        const manifest = truth.manifestBytes('eastus', name, image.digest) !== undefined
        const tag = truth.tag('eastus', name, '1') !== undefined
        seen.add([blob, manifest, tag].map(Number).join(''))
        return tag
      }
      expect([truth.serves('westus', name, image.digest), truth.tag('westus', name, '1')]).toEqual([true, image.digest])
      await until(look)
      expect([...seen]).toEqual(['000', '100', '110', '111'])
      expect(truth.serves('eastus', name, image.digest)).toBe(true)
      expect(truth.manifestBytes('eastus', name, image.digest)).toEqual(
        truth.manifestBytes('westus', name, image.digest),
      )
    })
  })

  test('is as quick as its region', async () => {
    const timing = { default: instant, canadacentral: { blobs: 30 } }
    await withEmulator({ timing }, async emulator => {
      const image = await pushImage(await open(emulator), '1')
      await until(() => emulator.truth.serves('eastus', name, image.digest))
      expect(emulator.truth.serves('canadacentral', name, image.digest)).toBe(false)
    })
  })

  test('to a regional endpoint reaches the others too, home included', async () => {
    await withEmulator({ timing: { default: instant } }, async emulator => {
      const image = await pushImage(await open(emulator, emulator.regionalEndpoint('eastus')), '1')
      await until(() => ['westus', 'canadacentral'].every(region => emulator.truth.serves(region, name, image.digest)))
    })
  })

  test('of an index can arrive before its children', async () => {
    await withEmulator({ timing: { default: instant, eastus: { children: 0.3 } } }, async emulator => {
      const { truth } = emulator
      const index = await pushIndex(await open(emulator), 'multi')
      await until(() => truth.manifestBytes('eastus', name, index.digest) !== undefined)
      expect(truth.serves('eastus', name, index.digest)).toBe(false)
      await until(() => truth.serves('eastus', name, index.digest))
    })
  })

  test('of the same tag twice: the last one wins everywhere, however late the first arrives', async () => {
    await withEmulator({ timing: { default: instant, eastus: { tags: 0.3 } } }, async emulator => {
      const repository = await open(emulator)
      await pushImage(repository, '1')
      emulator.update(scenario => (scenario.timing['eastus'] = { tags: 0 }))
      const second = await pushImage(repository, '1')
      await until(() => emulator.truth.tag('eastus', name, '1') === second.digest)
      await new Promise(resolve => setTimeout(resolve, 400))
      expect(emulator.truth.tag('eastus', name, '1')).toBe(second.digest)
    })
  })

  test('deleted in one replica goes from the others', async () => {
    await withEmulator({ timing: { default: instant } }, async emulator => {
      const repository = await open(emulator)
      const image = await pushImage(repository, '1')
      await until(() => emulator.truth.tag('eastus', name, '1') === image.digest)
      await repository.ask(`manifests/${image.digest}`, { method: 'DELETE' })
      await until(() => !emulator.truth.serves('eastus', name, image.digest))
    })
  })
})

describe('losses', () => {
  test.each<[string, NonNullable<ScenarioInput['losses']>[number]]>([
    ['a layer', { region: 'eastus', kind: 'layer', nth: 1 }],
    ['the config', { region: 'eastus', kind: 'config' }],
    ['a child', { region: 'eastus', kind: 'child', nth: 1 }],
  ])('%s: the index is there, the image is not', async (_what, loss) => {
    await withEmulator({ timing: { default: instant }, losses: [loss] }, async emulator => {
      const { truth } = emulator
      const index = await pushIndex(await open(emulator), 'multi')
      await until(
        () => truth.tag('eastus', name, 'multi') === index.digest && truth.serves('canadacentral', name, index.digest),
      )
      expect([truth.serves('eastus', name, index.digest), truth.serves('canadacentral', name, index.digest)]).toEqual([
        false,
        true,
      ])
    })
  })

  test('the tag: the digest is served, the tag is not', async () => {
    await withEmulator(
      { timing: { default: instant }, losses: [{ region: 'eastus', kind: 'tag' }] },
      async emulator => {
        const image = await pushImage(await open(emulator), '1')
        await until(() => emulator.truth.serves('eastus', name, image.digest))
        expect(emulator.truth.tag('eastus', name, '1')).toBeUndefined()
      },
    )
  })

  test('afterwards, by hand: a blob, a manifest, a flipped tag', async () => {
    await withEmulator({ timing: { default: instant } }, async emulator => {
      const { truth, tamper } = emulator
      const repository = await open(emulator)
      const [first, second] = [await pushImage(repository, '1'), await pushImage(repository, '2')]
      await until(() => [first, second].every(({ digest }) => truth.serves('eastus', name, digest)))
      tamper.loseBlob('eastus', name, String(first.layers[0]))
      expect(truth.serves('eastus', name, first.digest)).toBe(false)
      tamper.setTag('eastus', name, '2', first.digest)
      expect([truth.tag('eastus', name, '2'), truth.tag('westus', name, '2')]).toEqual([first.digest, second.digest])
      tamper.loseManifest('eastus', name, second.digest)
      expect(truth.serves('eastus', name, second.digest)).toBe(false)
      const direct = await open(emulator, emulator.regionalEndpoint('eastus'))
      expect((await direct.ask(`blobs/${first.layers[0]}`, { method: 'HEAD' })).status).toBe(404)
    })
  })
})

describe('a new replica', () => {
  const create = (emulator: Emulator, location: string) =>
    armClient(emulator).replications.create('contoso-rg', 'contoso', location, { location }, { updateIntervalInMs: 10 })

  test('fills with everything there is; Ready when it has', async () => {
    await withEmulator({ timing: { default: { ...instant, sync: 0.2 } } }, async emulator => {
      const repository = await open(emulator)
      const images = [await pushImage(repository, '1'), await pushImage(repository, '2')]
      await new Promise(resolve => setTimeout(resolve, 5))
      await create(emulator, 'japaneast')
      expect(emulator.truth.replica('japaneast')?.displayStatus).toBe('Syncing')
      await until(() => emulator.truth.replica('japaneast')?.displayStatus === 'Ready')
      expect(images.map(({ digest }) => emulator.truth.serves('japaneast', name, digest))).toEqual([true, true])
      expect(emulator.truth.tag('japaneast', name, '2')).toBe(images[1]?.digest)
    })
  })

  test('serves what was pushed while it was being created long before its backlog is through', async () => {
    await withEmulator({ timing: { default: instant, japaneast: { create: 0.2, sync: 60 } } }, async emulator => {
      const repository = await open(emulator)
      const old = await pushImage(repository, 'old')
      await new Promise(resolve => setTimeout(resolve, 5))
      const created = create(emulator, 'japaneast')
      await until(() => emulator.truth.replica('japaneast') !== undefined)
      const image = await pushImage(repository, 'new')
      await created
      await until(() => emulator.truth.tag('japaneast', name, 'new') === image.digest)
      expect(emulator.truth.replica('japaneast')?.displayStatus).toBe('Syncing')
      expect(emulator.truth.serves('japaneast', name, old.digest)).toBe(false)
    })
  })

  test('that is deleted takes its data and its host with it', async () => {
    await withEmulator({ timing: { default: instant } }, async emulator => {
      await armClient(emulator).replications.delete('contoso-rg', 'contoso', 'eastus', { updateIntervalInMs: 10 })
      await until(() => !emulator.truth.regions.includes('eastus'))
      expect(emulator.regionalEndpoint('eastus')).toBeUndefined()
    })
  })
})

describe('routing of the login server', () => {
  test('nearest is the region the scenario says, home where it says none', async () => {
    await withEmulator({ timing: { default: { ...instant, blobs: 30 } } }, async emulator => {
      const first = await pushImage(await open(emulator), '1')
      emulator.update(scenario => (scenario.routing.region = 'eastus'))
      const second = await pushImage(await open(emulator), '2')
      const { truth } = emulator
      expect([truth.serves('westus', name, first.digest), truth.serves('eastus', name, second.digest)]).toEqual([
        true,
        true,
      ])
      expect(truth.serves('westus', name, second.digest)).toBe(false)
    })
  })

  test('leaves out replicas that are not routed', async () => {
    const replicas = [{ location: 'eastus', routing: false }]
    await withEmulator(
      { replicas, routing: { region: 'eastus' }, timing: { default: { ...instant, blobs: 30 } } },
      async emulator => {
        const image = await pushImage(await open(emulator), '1')
        expect(emulator.truth.serves('westus', name, image.digest)).toBe(true)
      },
    )
  })

  test('that bounces takes a manifest to a replica that lacks its blobs: MANIFEST_BLOB_UNKNOWN', async () => {
    const routing = { mode: 'bounce' as const, probability: 1 }
    await withEmulator({ routing, timing: { default: { ...instant, blobs: 30 } } }, async emulator => {
      const { reply } = await pushImage(await open(emulator), '1')
      expect([reply.status, reply.json<{ errors: { code: string }[] }>().errors[0]?.code]).toEqual([
        400,
        'MANIFEST_BLOB_UNKNOWN',
      ])
      emulator.update(scenario => (scenario.routing.mode = 'nearest'))
      expect((await pushImage(await open(emulator), '1')).reply.status).toBe(201)
    })
  })

  test('bounces as often as it should, the same for the same seed', async () => {
    const outcome = (seed: number) =>
      withEmulator(
        { seed, routing: { mode: 'bounce', probability: 0.5 }, timing: { default: { ...instant, blobs: 30 } } },
        async emulator => {
          const repository = await open(emulator)
          const outcomes: number[] = []
          for (let i = 0; i < 12; i++) outcomes.push((await pushImage(repository, '1')).reply.status)
          return outcomes.join()
        },
      )
    const [one, again, other] = [await outcome(7), await outcome(7), await outcome(8)]
    expect(one).toBe(again)
    expect(one).not.toBe(other)
    expect(one).toContain('201')
    expect(one).toContain('400')
  })
})

test('a replica that proxies serves what it does not store', async () => {
  await withEmulator({ proxy: ['eastus'], timing: { default: { ...instant, blobs: 30 } } }, async emulator => {
    const image = await pushImage(await open(emulator), '1')
    const direct = await open(emulator, emulator.regionalEndpoint('eastus'))
    const reply = await direct.ask('manifests/1', { headers: { accept: ociManifest } })
    const blob = await direct.ask(`blobs/${image.layers[0]}`)
    expect([reply.status, blob.status, blob.body.length]).toEqual([200, 200, 600])
    const { truth } = emulator
    expect([truth.serves('eastus', name, image.digest), truth.stores('eastus', name, image.digest)]).toEqual([
      true,
      false,
    ])
  })
})
