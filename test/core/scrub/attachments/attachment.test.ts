import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { scrubAttachment } from '../../../../gateway/core/scrub/attachments/attachment.ts'
import { attached, attachedText, KNOWN } from '../../../support/attached.ts'
import { scrub } from '../../../support/scrubbed.ts'

const NOTE = 'Johnathan Examplar has diabetes.'

describe('core/scrub/attachments', () => {
  it('R4 Attachment: data are scrubbed, size and hash (SHA-1, base64) are those of what leaves', () => {
    const made = attached('text/plain', NOTE)
    if (typeof made === 'string') expect.fail(made)
    const bytes = Buffer.from(made.data, 'base64')
    expect(bytes.toString()).to.match(/^\[NAME\].* has diabetes\.$/)
    expect(made).to.include({ contentType: 'text/plain; charset=utf-8', size: bytes.length })
    expect(made.hash).to.equal(createHash('sha1').update(bytes).digest('base64'))
    expect(made.found).to.be.greaterThan(0)
  })

  for (const [type, why] of [
    ['application/pdf', 'pdf'],
    ['image/jpeg', 'image'],
    ['application/dicom', 'image'],
    ['audio/wav', 'image'],
    ['application/msword', 'unknown-type'],
    ['text/csv', 'unknown-type'],
    ['', 'no-type'],
    [`text/${'x'.repeat(500)}`, 'unknown-type'],
    ['text/plain; charset=utf-7', 'charset'],
    ['text/plain; charset=', 'charset']
  ] as const)
    it(`refuses ${JSON.stringify(type.slice(0, 30))}: ${why}`, () => {
      expect(attached(type, NOTE)).to.equal(why)
    })

  for (const [says, type, content, why] of [
    ['RTF as plain text', 'text/plain', '{\\rtf1 Jo\\u104 hn}', 'mismatch'],
    ['HTML as plain text', 'text/plain', ' <!DOCTYPE html><b>Jo</b>hn', 'mismatch'],
    ['plain text as RTF', 'text/rtf', NOTE, 'mismatch'],
    ['PDF as plain text', 'text/plain', '%PDF-1.7\nx', 'mismatch'],
    ['bytes that are no UTF-8', 'text/plain; charset=utf-8', Uint8Array.of(0x4a, 0xff, 0x68), 'charset'],
    ['a picture as text', 'text/plain; charset=iso-8859-1', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0), 'not-text'],
    ['UTF-16 that does not say so', 'text/plain', Buffer.from('John', 'utf16le'), 'not-text'],
    ['XML that is no C-CDA', 'text/xml', '<note>Johnathan</note>', 'unknown-type'],
    ['ten MiB and a byte', 'text/plain', 'a'.repeat(10 * 1024 * 1024 + 1), 'too-large'],
    ['more than a MiB of text', 'text/plain', 'Dr. Lee '.repeat(131_073), 'too-large'],
    ['more than a MiB in letters that fold into many', 'text/plain', '\ufdfa'.repeat(349_526), 'too-large'],
    ['more than a MiB between tags', 'text/html', `<p>${'a '.repeat(524_289)}</p>`, 'too-large'],
    ['more than 100,000 tags and texts', 'text/html', '<p>a '.repeat(40_000), 'too-complex']
  ] as const)
    it(`refuses ${says}: ${why}`, () => {
      expect(attached(type, content)).to.equal(why)
    })

  it('refuses what is not base64, and no text at all', () => {
    for (const data of ['%%%%', 'abc', 'ab=c', 7, null, { a: 1 }, `${' '.repeat(100_000)}!`])
      expect(scrubAttachment('text/plain', data, (text) => scrub(text, null))).to.equal('not-base64')
  })

  it('reads base64 with line ends (R4 base64Binary)', () => {
    const data = Buffer.from(NOTE).toString('base64').replace(/.{8}/g, '$&\r\n')
    expect(scrubAttachment('text/plain', data, (text) => scrub(text, KNOWN))).to.have.property('found', 1)
  })

  it('reads the charset that the type, a byte order mark or the document says; UTF-8 under a wrong label is read as UTF-8', () => {
    expect(attachedText('text/plain; charset="ISO-8859-1"', Buffer.from('café Johnathan', 'latin1'))).to.equal('café [NAME]')
    expect(attachedText('text/plain; charset=utf-16le', Buffer.from('café Johnathan', 'utf16le'))).to.equal('café [NAME]')
    expect(attachedText('text/plain', Buffer.from('\ufeffcafé Johnathan', 'utf16le'))).to.equal('café [NAME]')
    expect(attachedText('text/plain; charset=iso-8859-1', 'Jöhnathan')).to.equal('[NAME]')
    const html = Buffer.from('<html><meta charset="iso-8859-1"><p>café Johnathan</p></html>', 'latin1')
    expect(attachedText('text/html', html)).to.contain('<p>café [NAME]</p>')
  })

  it('is not deceived by zero-width characters and full-width letters', () => {
    expect(attachedText('text/plain', 'John\u200bathan and Ｊｏｈｎａｔｈａｎ')).to.equal('[NAME] and [NAME]')
  })
})
