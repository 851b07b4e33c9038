import { ensureEngine } from '../../scripts/engine/ensure-engine.ts'

/** One Docker engine for all tests of a run; they find it, as everyone does, through `DOCKER_HOST`. */
export default async function startEngine() {
  const engine = await ensureEngine({ store: 'classic' })
  Object.assign(process.env, engine.env)
  globalThis.stopEngine = engine.stop
}
