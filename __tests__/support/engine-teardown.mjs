/** Stops the engine that `engine-setup.mjs` has started. */
export default async function stopEngine() {
  await globalThis.stopEngine()
}
