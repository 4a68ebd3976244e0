/** How a figure went over the last submissions, as a line of small bars and an arrow. Decides nothing. */

const BARS = '▁▂▃▄▅▆▇█'
/** Less than this, of what a figure may be, is no change. */
const STEADY = 0.005

/** Oldest first; `most`: the greatest a figure may be, 1 for a share. A figure of nothing is a dot. */
export function barsOf(figures: readonly (number | null)[], most: number): string {
  return figures
    .map((figure) => (figure === null || most === 0 ? '·' : (BARS[Math.min(7, Math.floor((8 * figure) / most))] ?? '·')))
    .join('')
}

/** From the one before the last to the last. */
export function arrowOf(figures: readonly (number | null)[], most: number): '↑' | '↓' | '→' | '' {
  const told = figures.filter((figure) => figure !== null)
  const [last, before] = [told.at(-1), told.at(-2)]
  if (last === undefined || before === undefined) return ''
  const change = (last - before) / (most || 1)
  if (Math.abs(change) < STEADY) return '→'
  return change > 0 ? '↑' : '↓'
}
