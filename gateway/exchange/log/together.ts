/**
 * Questions that come at once, asked together: whoever asks while an answer is under way waits for the next one, which is for all who wait. For readers of the
 * open log, where the way to the database and back costs more than the answer. Decides nothing; a failure is everybody's who asked.
 */

interface Waiting<Q, A> {
  readonly ask: Q
  readonly told: PromiseWithResolvers<A>
}

/** `answer`: the answers to these questions, in their order. At most `most` are asked together. */
export function together<Q, A>(answer: (asks: readonly Q[]) => Promise<readonly A[]>, most: number): (ask: Q) => Promise<A> {
  const waiting: Waiting<Q, A>[] = []
  const under = { way: Promise.resolve(), busy: 'no' as 'yes' | 'no' }
  const next = async (): Promise<void> => {
    const asked = waiting.splice(0, most)
    try {
      const answers = await answer(asked.map(({ ask }) => ask))
      for (const [at, { told }] of asked.entries()) told.resolve(answers[at] as A) // as many as were asked
    } catch (error) {
      for (const { told } of asked) told.reject(error)
    }
  }
  const run = async (): Promise<void> => {
    under.busy = 'yes'
    while (waiting.length > 0) await next()
    under.busy = 'no'
  }
  return (ask) => {
    const told = Promise.withResolvers<A>()
    waiting.push({ ask, told })
    if (under.busy === 'no') under.way = run() // it never rejects: failures go to those who asked
    return told.promise
  }
}
