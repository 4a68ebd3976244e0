/** Plots as SVG text: bars, rows of bars, a line. Decides only where ink goes; colours are classes of the page, words are escaped. */

const WIDTH = 720

/** Text as it may stand in HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}

interface Text {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly anchor?: 'start' | 'middle' | 'end'
}

function word({ x, y, text, anchor = 'middle' }: Text): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(text)}</text>`
}

function plot(height: number, says: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${at(height)}" role="img" aria-label="${escaped(says)}">${parts.join('')}</svg>`
}

export interface Bar {
  readonly label: string
  readonly value: number
  /** written above the bar */
  readonly told: string
  readonly tone: 'good' | 'bad'
}

/** Upright bars from 0 to the largest value. */
export function barPlot(says: string, bars: readonly Bar[]): string {
  const [top, bottom, height] = [24, 28, 220]
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  const step = WIDTH / Math.max(1, bars.length)
  const parts = bars.map(({ label, value, told, tone }, index) => {
    const long = ((height - top - bottom) * value) / most
    const [x, y] = [index * step + step * 0.12, height - bottom - long]
    const middle = (index + 0.5) * step
    const rect = `<rect class="${tone}" x="${at(x)}" y="${at(y)}" width="${at(step * 0.76)}" height="${at(long)}"/>`
    return rect + word({ x: middle, y: y - 6, text: told }) + word({ x: middle, y: height - 8, text: label })
  })
  return plot(height, says, [`<path class="axis" d="M0 ${height - bottom}H${WIDTH}"/>`, ...parts])
}

export interface Row {
  readonly label: string
  /** at most 1 each, one below the other */
  readonly values: readonly { readonly share: number; readonly told: string; readonly tone: 'good' | 'bad' }[]
}

/** Lying bars from 0 to 1, a name to the left of each row. */
export function rowPlot(says: string, rows: readonly Row[]): string {
  const [left, right, thick] = [200, 80, 16]
  const tall = (row: Row): number => row.values.length * (thick + 2) + 10
  let y = 4
  const parts = rows.map((row) => {
    const top = y
    y += tall(row)
    const bars = row.values.map(({ share, told, tone }, index) => {
      const [line, long] = [top + index * (thick + 2), (WIDTH - left - right) * share]
      const rect = `<rect class="${tone}" x="${left}" y="${at(line)}" width="${at(Math.max(long, 0.5))}" height="${thick}"/>`
      return rect + word({ x: left + long + 6, y: line + thick - 4, text: told, anchor: 'start' })
    })
    return word({ x: left - 8, y: top + (tall(row) - 10) / 2 + 4, text: row.label, anchor: 'end' }) + bars.join('')
  })
  return plot(y + 4, says, parts)
}

export interface Dot {
  readonly label: string
  /** null: none, the line has a gap */
  readonly value: number | null
  readonly told: string
}

/** A line over evenly spaced labels, from 0 to the largest value. */
export function linePlot(says: string, dots: readonly Dot[]): string {
  const [top, bottom, height] = [30, 28, 240]
  const most = Math.max(...dots.map(({ value }) => value ?? 0), Number.MIN_VALUE)
  const step = WIDTH / Math.max(1, dots.length)
  const placed = dots.map(({ label, value, told }, index) => ({
    label,
    told,
    x: (index + 0.5) * step,
    y: value === null ? null : height - bottom - ((height - top - bottom) * value) / most
  }))
  const line = placed.flatMap(({ x, y }, index) =>
    y === null ? [] : [`${index === 0 || placed[index - 1]?.y === null ? 'M' : 'L'}${at(x)} ${at(y)}`]
  )
  const marks = placed.map(({ label, told, x, y }) => {
    const dot = y === null ? '' : `<circle class="dot" cx="${at(x)}" cy="${at(y)}" r="4"/>`
    return dot + word({ x, y: (y ?? height - bottom) - 10, text: told }) + word({ x, y: height - 8, text: label })
  })
  return plot(height, says, [`<path class="axis" d="M0 ${height - bottom}H${WIDTH}"/><path class="line" d="${line.join('')}"/>`, ...marks])
}
