/**
 * The text of a public key, judged once for files, sets that parties serve, registrations and officers. Decides that a key has one spelling, so that its RFC 7638 thumbprint is
 * one, too: who revoked it, and whose it is, go by that. Refuses another spelling (RFC 7518 §2, §6.2.1.2, §6.3.1), a point that is not on its curve, a number that is no
 * modulus or exponent, and a kid that does not print.
 */
import type { PublicJwk } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'

/** What every log and page can show. */
const KID = /^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/
/** RFC 7518 §3.3, §4.3 */
const FEWEST_BITS = 2048
/** Longer ones only cost time. */
const MOST_BITS = 8192
/** 65537 mostly; a long one only costs time. */
const MOST_EXPONENT_BYTES = 4

interface Curve {
  /** of each coordinate */
  readonly bytes: number
  /** y² = x³ - 3x + b modulo p (SP 800-186 §3.2.1) */
  readonly p: bigint
  readonly b: bigint
}

const CURVES: ReadonlyMap<string, Curve> = new Map([
  [
    'P-256',
    {
      bytes: 32,
      p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
      b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
    }
  ],
  [
    'P-384',
    {
      bytes: 48,
      p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
      b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn
    }
  ],
  [
    'P-521',
    {
      bytes: 66,
      p: 2n ** 521n - 1n,
      b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n
    }
  ]
])

type Numbers = Pick<PublicJwk, 'kid' | 'kty' | 'n' | 'e' | 'crv' | 'x' | 'y'>

/** `path`: of the key. A member that lacks is told of by who knows what the algorithm needs. */
export function textFaults(key: Numbers, path: string): Fault[] {
  const faults: Fault[] = KID.test(key.kid) ? [] : [{ path: `${path}/kid`, message: 'must be 1 to 200 characters that print' }]
  const spelt = (['n', 'e', 'x', 'y'] as const).filter((name) => key[name] !== undefined && bytesOf(key[name]) === null)
  if (spelt.length > 0)
    return [...faults, ...spelt.map((name) => ({ path: `${path}/${name}`, message: 'is not base64url in its one spelling' }))]
  return [...faults, ...(key.kty === 'RSA' ? rsaFaults(key, path) : pointFaults(key, path))]
}

/** null where it is not the text that these bytes have (RFC 4648 §3.5): no padding, no spare bits, nothing between. */
function bytesOf(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : null
}

/** RFC 8017 §3.1: both odd; the exponent not 1, with which everyone can sign. */
function rsaFaults({ n, e, crv, x, y }: Numbers, path: string): Fault[] {
  const faults: Fault[] =
    crv === undefined && x === undefined && y === undefined ? [] : [{ path, message: 'has a point, and is no EC key' }]
  const modulus = n === undefined ? null : bytesOf(n)
  const exponent = e === undefined ? null : bytesOf(e)
  if (modulus !== null && !isModulus(modulus))
    faults.push({
      path: `${path}/n`,
      message: `must be an odd number of ${FEWEST_BITS} to ${MOST_BITS} bits, without zero bytes before it`
    })
  if (exponent !== null && !isExponent(exponent))
    faults.push({ path: `${path}/e`, message: 'must be an odd number from 3, of four bytes at most, without zero bytes before it' })
  return faults
}

function isModulus(bytes: Buffer): boolean {
  const bits = bytes.length * 8 - (Math.clz32(bytes[0] ?? 0) - 24)
  return bytes[0] !== 0 && isOdd(bytes) && bits >= FEWEST_BITS && bits <= MOST_BITS
}

function isExponent(bytes: Buffer): boolean {
  if (bytes[0] === 0 || bytes.length > MOST_EXPONENT_BYTES) return false
  return isOdd(bytes) && bytes.readUIntBE(0, bytes.length) >= 3
}

function isOdd(bytes: Buffer): boolean {
  return ((bytes.at(-1) ?? 0) & 1) === 1
}

/** Coordinates are of the curve's whole length, zero bytes and all (RFC 7518 §6.2.1.2). */
function pointFaults({ n, e, crv, x, y }: Numbers, path: string): Fault[] {
  const faults: Fault[] = n === undefined && e === undefined ? [] : [{ path, message: 'has a modulus, and is no RSA key' }]
  const curve = CURVES.get(crv ?? '')
  if (curve === undefined || x === undefined || y === undefined) return faults
  const [across, up] = [bytesOf(x), bytesOf(y)]
  for (const [name, bytes] of [['x', across] as const, ['y', up] as const])
    if (bytes?.length !== curve.bytes) faults.push({ path: `${path}/${name}`, message: `must be of ${curve.bytes} bytes on ${crv}` })
  const whole = across?.length === curve.bytes && up?.length === curve.bytes
  return whole && !isOn(curve, numberOf(across), numberOf(up)) ? [...faults, { path, message: `is no point on ${crv}` }] : faults
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function isOn({ p, b }: Curve, x: bigint, y: bigint): boolean {
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n
}
