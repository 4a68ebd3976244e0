/** Tiles as C2SP tlog-tiles writes them: paths, and which tiles a tree has. */
import { expect } from 'chai'
import {
  entryBundle,
  hashesOfTile,
  hasTile,
  isFullTile,
  parseTileLevel,
  parseTilePath,
  type Tile
} from '../../../gateway/core/log/tiles.ts'

function parsed(level: number, path: string): Tile | null {
  return parseTilePath(level, path.split('/'))
}

describe('core/log: tiles (C2SP tlog-tiles)', () => {
  it('index 1234067 is x001/x234/067, with .p/W for a partial tile', () => {
    expect(parsed(0, 'x001/x234/067')).to.deep.equal({ level: 0, index: 1234067n, width: 256 })
    expect(parsed(3, '067.p/8')).to.deep.equal({ level: 3, index: 67n, width: 8 })
    expect(parsed(0, '000')).to.deep.equal({ level: 0, index: 0n, width: 256 })
    expect(parsed(0, 'x018/x446/x744/x073/x709/x551/615')?.index).to.equal(18_446_744_073_709_551_615n)
  })

  for (const path of [
    '',
    '0',
    '00',
    '0000',
    '67',
    'x067',
    '067/',
    'x001/x234',
    '001/234/067',
    'x000/067',
    'X001/067',
    'x001/x1/067',
    '067.p',
    '067.p/',
    '067.p/0',
    '067.p/08',
    '067.p/256',
    '067.p/-1',
    '067.p/1/1',
    '067.p/1e1',
    '.p/1',
    'x001.p/067',
    '067.P/1',
    '06\u0667',
    'x999/x999/x999/x999/x999/x999/x999/999',
    ' 067',
    '067 '
  ])
    it(`no second spelling: '${path}' names no tile`, () => expect(parsed(0, path)).to.equal(null))

  it('levels are 0 to 63, without leading zeros', () => {
    expect(['0', '9', '63'].map(parseTileLevel)).to.deep.equal([0, 9, 63])
    expect(['', '00', '01', '64', '100', '-1', '1.0', ' 1', 'entries', '٣'].map(parseTileLevel)).to.deep.equal(Array(10).fill(null))
  })

  it('a tree of 70,000 has 273 full tiles and one of 112 at level 0, one and one of 17 at level 1, one of 1 at level 2', () => {
    const has = (level: number, index: bigint, width: number): boolean => hasTile(70_000n, { level, index, width })
    expect([has(0, 272n, 256), has(0, 273n, 112), has(0, 273n, 113), has(0, 273n, 256), has(0, 274n, 1)]).to.deep.equal([
      true,
      true,
      false,
      false,
      false
    ])
    expect([has(1, 0n, 256), has(1, 1n, 17), has(1, 1n, 18), has(2, 0n, 1), has(2, 0n, 2), has(3, 0n, 1)]).to.deep.equal([
      true,
      true,
      false,
      true,
      false,
      false
    ])
  })

  it('a tree of 256 has a full tile and one of 1 above it; a tree of none has no tile', () => {
    expect([hasTile(256n, { level: 0, index: 0n, width: 256 }), hasTile(256n, { level: 1, index: 0n, width: 1 })]).to.deep.equal([
      true,
      true
    ])
    expect([hasTile(255n, { level: 1, index: 0n, width: 1 }), hasTile(0n, { level: 0, index: 0n, width: 1 })]).to.deep.equal([false, false])
  })

  it('sizes are 64-bit: the last tile of a tree of 2^63 leaves', () => {
    const last = { level: 0, index: (1n << 55n) - 1n, width: 256 }
    expect([hasTile(1n << 63n, last), hasTile((1n << 63n) - 1n, last), hasTile((1n << 63n) - 1n, { ...last, width: 255 })]).to.deep.equal([
      true,
      false,
      true
    ])
    expect(hashesOfTile({ level: 7, index: 3n, width: 9 })).to.deep.equal({ level: 56, first: 768n, count: 9 })
    expect([isFullTile(last), isFullTile({ ...last, width: 255 })]).to.deep.equal([true, false])
  })

  it('an entry bundle is each entry behind its length, 16 bits, big-endian; longer ones have no place in it', () => {
    expect(
      entryBundle([Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(258, 1)])
        .subarray(0, 7)
        .toString('hex')
    ).to.equal('00016100000102')
    expect(() => entryBundle([Buffer.alloc(65_536)])).to.throw(RangeError)
  })
})
