import { StepError } from '../base/errors.ts'

/** Where a cloud's control plane lives, and who signs in to it. */
export interface Cloud {
  readonly name: 'azurecloud' | 'azureusgovernment' | 'azurechinacloud' | 'custom'
  /** Azure Resource Manager, no slash at the end. */
  readonly resourceManager: string
  /** Microsoft Entra, no slash at the end. */
  readonly authorityHost: string
  /** The scope of ARM tokens. */
  readonly armScope: string
}

/** Endpoints: learn.microsoft.com, "Compare Azure Government and global Azure" and "Azure operated by 21Vianet endpoints". */
const KNOWN = {
  azurecloud: ['https://management.azure.com', 'https://login.microsoftonline.com'],
  azureusgovernment: ['https://management.usgovcloudapi.net', 'https://login.microsoftonline.us'],
  azurechinacloud: ['https://management.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
} as const

/** The scope of registry tokens, the same in every cloud (Azure/azure-sdk-for-js#25167). */
export const REGISTRY_SCOPE = 'https://containerregistry.azure.net/.default'

/**
 * The cloud the inputs name.
 *
 * @throws StepError `invalid` when the name is unknown, or the URLs of a custom cloud are missing, superfluous or not https
 */
export function chooseCloud(name: string, resourceManager: string, authorityHost: string): Cloud {
  const word = name.toLowerCase()
  switch (word) {
    case 'azurecloud':
    case 'azureusgovernment':
    case 'azurechinacloud': {
      if (resourceManager !== '' || authorityHost !== '') {
        throw new StepError(
          'invalid',
          `Inputs 'resource-manager-endpoint' and 'authority-host' do not go with environment '${word}'`,
          { remedy: "Leave them out, or set 'environment: custom'." },
        )
      }
      const [arm, authority] = KNOWN[word]
      return cloud(word, arm, authority)
    }
    case 'custom':
      return cloud(
        word,
        httpsUrl(resourceManager, 'resource-manager-endpoint'),
        httpsUrl(authorityHost, 'authority-host'),
      )
    default:
      throw new StepError('invalid', `Input 'environment' is '${name}'`, {
        remedy: 'Write azurecloud, azureusgovernment, azurechinacloud or custom.',
      })
  }
}

function cloud(name: Cloud['name'], resourceManager: string, authorityHost: string): Cloud {
  return { name, resourceManager, authorityHost, armScope: `${resourceManager}/.default` }
}

function httpsUrl(text: string, input: string): string {
  if (text === '') {
    throw new StepError('invalid', `Input '${input}' is missing`, {
      remedy:
        "With 'environment: custom', give the https URLs of the cloud's Resource Manager and of its sign-in service.",
    })
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    url?.protocol !== 'https:' ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new StepError('invalid', `Input '${input}' is not an https URL: '${text}'`, {
      remedy: 'Write it as https://management.example.com.',
    })
  }
  return url.href.replace(/\/+$/, '')
}
