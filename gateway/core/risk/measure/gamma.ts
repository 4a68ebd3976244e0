/** The logarithm of the gamma function and its derivative, for positive arguments, to about twelve digits. Decides nothing. */

/** Stirling's series is this good from here on. */
const FROM = 12

/** ln Γ(x), x > 0: Abramowitz and Stegun 6.1.41, after the recurrence 6.1.15. */
export function logGamma(x: number): number {
  let [shifted, product] = [x, 1]
  while (shifted < FROM) {
    product *= shifted
    shifted += 1
  }
  const square = 1 / (shifted * shifted)
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / shifted
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}

/** ψ(x), x > 0: Abramowitz and Stegun 6.3.18, after the recurrence 6.3.5. */
export function digamma(x: number): number {
  let [shifted, sum] = [x, 0]
  while (shifted < FROM) {
    sum += 1 / shifted
    shifted += 1
  }
  const square = 1 / (shifted * shifted)
  const series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
  return Math.log(shifted) - 0.5 / shifted - series - sum
}
