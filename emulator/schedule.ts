/** Timers that end together: after `stop` none fires, and whoever waits is left waiting (and collected). */
export class Schedule {
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopped = false

  /** Resolves after so many seconds; never after `stop`. */
  wait(seconds: number): Promise<void> {
    return new Promise(resolve => {
      if (this.#stopped) return
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve()
      }, seconds * 1000)
      this.#timers.add(timer)
    })
  }

  /** Runs later, and not at all after `stop`. */
  after(seconds: number, run: () => void): void {
    void this.wait(seconds).then(run)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
