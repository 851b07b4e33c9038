/** What a role allows; `*` stands for any run of characters. */
export interface Permissions {
  actions: string[]
  notActions: string[]
  dataActions: string[]
}

const acr = 'Microsoft.ContainerRegistry/registries'
const role = (actions: string[], dataActions: string[] = [], notActions: string[] = []): Permissions => ({
  actions,
  dataActions,
  notActions,
})
const readContent = [`${acr}/repositories/metadata/read`, `${acr}/repositories/content/read`]
const writeContent = [`${acr}/repositories/metadata/write`, `${acr}/repositories/content/write`]
const deleteContent = [`${acr}/repositories/metadata/delete`, `${acr}/repositories/content/delete`]

/** Azure's built-in roles that matter to a registry (control-plane actions, data actions). */
export const builtInRoles: Record<string, Permissions> = {
  Owner: role(['*']),
  Contributor: role(['*'], [], ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write']),
  Reader: role(['*/read']),
  AcrPull: role([`${acr}/pull/read`]),
  AcrPush: role([`${acr}/pull/read`, `${acr}/push/write`]),
  AcrDelete: role([`${acr}/artifacts/delete`]),
  'Container Registry Repository Reader': role([], readContent),
  'Container Registry Repository Writer': role([], [...readContent, ...writeContent]),
  'Container Registry Repository Contributor': role([], [...readContent, ...writeContent, ...deleteContent]),
  'Container Registry Repository Catalog Lister': role([], [`${acr}/catalog/read`]),
  'Container Registry Configuration Reader and Data Access Configuration Reader': role([
    `${acr}/read`,
    `${acr}/operationStatuses/read`,
    `${acr}/replications/read`,
    `${acr}/replications/operationStatuses/read`,
    `${acr}/webhooks/read`,
    `${acr}/webhooks/getCallbackConfig/action`,
    `${acr}/webhooks/listEvents/action`,
    `${acr}/listUsages/read`,
    'Microsoft.Resources/subscriptions/resourceGroups/read',
  ]),
  'Container Registry Contributor and Data Access Configuration Administrator': role([
    `${acr}/read`,
    `${acr}/write`,
    `${acr}/delete`,
    `${acr}/operationStatuses/read`,
    `${acr}/replications/*`,
    `${acr}/webhooks/*`,
    `${acr}/listUsages/read`,
    'Microsoft.ContainerRegistry/locations/operationResults/read',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
  ]),
}
