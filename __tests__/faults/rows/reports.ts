import { expect } from '@jest/globals'
import { REFERENCE } from '../../support/step/push-image.ts'
import { always, HANG, lookUpBlob, readManifest } from '../places.ts'
import { green, red, type Row } from '../row.ts'

/** What is told when things are neither all good nor all bad, and when telling itself fails. */
export const reportRows: readonly Row[] = [
  {
    fault: 'of four regions one is ready, one failed, one lacks a layer and one does not answer',
    run: 'gate',
    regions: ['eastus', 'canadacentral', 'japaneast', 'westus'],
    inputs: { timeout: '8s' },
    scenario: { creations: { japaneast: { replica: 'fails' } } },
    faults: [always(lookUpBlob('canadacentral'), { status: 404 }), always(readManifest('eastus'), HANG)],
    expected: red(/3 of 4 regions are not ready/, {
      ready: ['westus'],
      check: ({ run }) => {
        expect(run.summary).toMatch(/1 of 4 regions are ready/)
        for (const [mark, region] of [
          ['❌', 'eastus'],
          ['❌', 'canadacentral'],
          ['❌', 'japaneast'],
          ['✅', 'westus'],
        ]) {
          expect(run.summary).toMatch(new RegExp(`\\| ${mark} \\| [^|]*${region}`))
        }
        expect(run.outputs['digest']).toMatch(/^sha256:/)
      },
    }),
  },
  {
    fault: 'dry run: the hosts of the regions are told as of a real run',
    run: 'dry-run',
    expected: green({
      check: ({ run, azure }) => {
        const hosts = ['eastus', 'canadacentral'].map(region => [region, azure.regionalEndpoint(region)] as const)
        const images = hosts.map(([region, host]) => [region, `${host}/${REFERENCE}`])
        expect(run.images).toEqual(Object.fromEntries(images))
        expect(run.matrix.include.map(({ region, image }) => [region, image])).toEqual(images)
        expect(run.replicas.map(({ region, image }) => [region, image])).toEqual(images)
      },
    }),
  },
  {
    fault: 'the summary cannot be written: a warning, and green stays green',
    run: 'gate',
    env: { GITHUB_STEP_SUMMARY: '/' },
    expected: green({ warnings: [/^The job summary could not be written/] }),
  },
  {
    fault: 'commit statuses cannot be set: a warning, and green stays green',
    run: 'gate',
    inputs: { 'commit-status': 'true', 'github-token': 'ghs_not-a-token-that-anybody-knows' },
    env: { GITHUB_API_URL: 'http://127.0.0.1:9' },
    expected: green({ warnings: [/commit status/i] }),
  },
]
