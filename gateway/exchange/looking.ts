/** Looking again at what others change, one look at a time: who calls while one is under way waits for one more, so that no change is missed. Decides nothing else. */

export class Looking {
  readonly #look: () => Promise<void>
  readonly #called = { meanwhile: false }
  #looking: Promise<void> | null = null

  constructor(look: () => Promise<void>) {
    this.#look = look
  }

  /** Resolves after a look that began no sooner than this call. */
  start(): Promise<void> {
    if (this.#looking !== null) {
      this.#called.meanwhile = true
      return this.#looking
    }
    this.#looking = this.#untilStill().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #untilStill(): Promise<void> {
    do {
      this.#called.meanwhile = false
      await this.#look()
    } while (this.#called.meanwhile)
  }

  /** Resolves when no look is under way. */
  async still(): Promise<void> {
    await this.#looking?.catch(() => undefined)
  }
}
