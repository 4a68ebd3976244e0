/** The parts of a gateway in the order they were started. Decides that they stop in reverse, each told why. */
import type { StopReason } from './exchange/log/runs.ts'

/** What was started so far, to be stopped in reverse. */
export class Started {
  readonly #stops: ((reason: StopReason) => Promise<void>)[] = []

  add(stop: (reason: StopReason) => Promise<void>): void {
    this.#stops.push(stop)
  }

  async stop(reason: StopReason): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop(reason)
  }
}
