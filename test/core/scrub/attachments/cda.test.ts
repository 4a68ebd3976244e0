import { expect } from 'chai'
import { NUMBERED } from '../../../../gateway/core/scrub/attachments/cda-tables.ts'
import { attached, attachedText } from '../../../support/attached.ts'
import { safeHarbor } from '../../../support/profile.ts'

const XMLNS = 'xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const HEADER = `<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/><id root="1.2.3.999" extension="55512345"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Johnathan"/><title>Summary of Johnathan Examplar</title>
<effectiveTime value="20210314120000-0500"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="en-US"/>
<recordTarget><patientRole><id extension="55512345"/><addr><city>Exampleton</city></addr><telecom value="tel:+1-555-0100"/>
<patient><name><given>Johnathan</given><family>Examplar</family></name><administrativeGenderCode code="M"/><birthTime value="19610314"/></patient></patientRole></recordTarget>
<author><time value="20210314"/><assignedAuthor><assignedPerson><name>Zed Nobody</name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><name>Nowhere Clinic</name></representedCustodianOrganization></assignedCustodian></custodian>
<componentOf><encompassingEncounter><id extension="77777"/></encompassingEncounter></componentOf>`

function document(section: string, header: string = HEADER): string {
  return `<?xml version="1.0"?><?xml-stylesheet href="Johnathan.xsl"?><ClinicalDocument ${XMLNS}>${header}<component><structuredBody><component><section>${section}</section></component></structuredBody></component></ClinicalDocument>`
}

function sectionOf(section: string): string {
  const made = attachedText('text/xml', document(section))
  return /<section>(.*)<\/section>/s.exec(made)?.[1] ?? made
}

describe('core/scrub/attachments/cda', () => {
  const made = attachedText('application/hl7-cda+xml', document('<title>Plan</title>'))

  it('participants, ids, addresses, numbers and times of the header are gone; its codes and templates stay', () => {
    for (const gone of [
      'Johna',
      'Examplar',
      '55512345',
      '77777',
      'Exampleton',
      '0100',
      'Nobody',
      'Nowhere',
      '2021',
      '1961',
      'Gender',
      'xsl',
      '1.2.3'
    ])
      expect(made).not.to.contain(gone)
    expect(made).to.contain('<code code="34133-9" codeSystem="2.16.840.1.113883.6.1">')
    expect(made).to.contain('<templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01">')
    expect(made).to.match(/<title>Summary of \[NAME\]<\/title><effectiveTime nullFlavor="MSK">/)
  })

  it('CDA R2: a record target, an author and a custodian are there, and nobody, before the component', () => {
    expect(made).to.match(
      /<\/languageCode><recordTarget>.*MSK.*<\/recordTarget><author>.*<\/author><custodian>.*<\/custodian><component><structuredBody>/
    )
  })

  for (const [says, given, left] of [
    [
      'a narrative, a name across its tags',
      '<text><paragraph>Pt <content ID="Johnathan" styleCode="Bold">Johna</content>than slept</paragraph></text>',
      '<text><paragraph>Pt <content>[NAME]</content> slept</paragraph></text>'
    ],
    ['tags of no narrative lose their tags', '<text><font>slept</font><linkHtml href="x">a</linkHtml></text>', '<text>slepta</text>'],
    ['nested CDATA', '<text>Johna<![CDATA[than]]]]><![CDATA[> slept]]></text>', '<text>[NAME]]]&gt; slept</text>'],
    ['comments and instructions', '<text>Johna<!-- x --><?y z?>than</text>', '<text>[NAME]</text>'],
    [
      'text where no text belongs',
      '<entry>Johnathan<act classCode="ACT">Johnathan</act></entry>',
      '<entry><act classCode="ACT"></act></entry>'
    ],
    ['participants of an entry', '<entry><act><performer><name>x</name></performer><author/></act></entry>', '<entry><act></act></entry>'],
    [
      'names of persons',
      '<participant><participantRole><name>Zed</name><addr>x</addr></participantRole></participant>',
      '<participant><participantRole><name></name></participantRole></participant>'
    ],
    [
      'names of products',
      '<manufacturedMaterial><name>aspirin</name><lotNumberText>L1</lotNumberText></manufacturedMaterial>',
      '<manufacturedMaterial><name>aspirin</name></manufacturedMaterial>'
    ],
    ['elements of other namespaces', '<sdtc:deceasedTime value="2020"/><foreign/>', ''],
    ['pictures', '<entry><observationMedia><value representation="B64">eA==</value></observationMedia></entry>', '<entry></entry>']
  ] as const)
    it(`${says}`, () => {
      expect(sectionOf(given)).to.equal(left)
    })

  for (const [says, given, left] of [
    [
      'a code of a known system',
      'code="I10" codeSystem="2.16.840.1.113883.6.90" displayName="x"',
      'code="I10" codeSystem="2.16.840.1.113883.6.90"'
    ],
    ['a code of no known system', 'code="55512345" codeSystem="1.2.3"', 'nullFlavor="MSK"'],
    ['a code not of its system', 'code="55512345" codeSystem="2.16.840.1.113883.6.90"', 'nullFlavor="MSK"'],
    ['a quantity', 'xsi:type="PQ" value="7.2" unit="%"', 'xsi:type="PQ" value="7.2" unit="%"'],
    ['a quantity in no unit of UCUM', 'xsi:type="PQ" value="1961" unit="Johnathan"', 'xsi:type="PQ" nullFlavor="MSK"'],
    ['a time', 'xsi:type="TS" value="19610314"', 'xsi:type="TS" nullFlavor="MSK"'],
    ['a year', 'value="1961"', 'nullFlavor="MSK"'],
    ['an age over 89', 'xsi:type="PQ" value="93" unit="a"', 'xsi:type="PQ" nullFlavor="MSK"'],
    ['the same in months', 'value="1116" unit="mo"', 'nullFlavor="MSK"'],
    ['an age', 'value="61" unit="a"', 'value="61" unit="a"'],
    ['a telephone as a value', 'value="tel:+15550100"', 'nullFlavor="MSK"'],
    ['a type that is not known', 'xsi:type="Johnathan" value="1"', 'value="1"'],
    ['attributes that are not known', 'johnathan="x" ID="Johnathan" negationInd="false"', 'negationInd="false"']
  ] as const)
    it(`${says}: ${given}`, () => {
      expect(sectionOf(`<value ${given}/>`)).to.equal(`<value ${left}></value>`)
    })

  it('a value that is a text is scrubbed; base64 is dropped', () => {
    expect(sectionOf('<value xsi:type="ST">Johnathan slept</value>')).to.equal('<value xsi:type="ST">[NAME] slept</value>')
    expect(sectionOf('<value xsi:type="ED" representation="B64">Sm9obmF0aGFu</value>')).to.equal('<value xsi:type="ED"></value>')
    expect(sectionOf('<value xsi:type="PQ">Johnathan</value>')).to.equal('<value xsi:type="PQ"></value>')
  })

  it('reads a document with a prefix of its own', () => {
    const given =
      '<n:ClinicalDocument xmlns:n="urn:hl7-org:v3"><n:title>Johnathan slept</n:title><title>Johnathan</title></n:ClinicalDocument>'
    expect(attachedText('text/xml', given)).to.match(/<title>\[NAME\] slept<\/title><recordTarget>[^J]*<\/ClinicalDocument>$/)
  })

  it('refuses a document within the document, and entities of its own', () => {
    expect(
      attached(
        'text/xml',
        `<ClinicalDocument ${XMLNS}><component><nonXMLBody><text mediaType="application/pdf" representation="B64">eA==</text></nonXMLBody></component></ClinicalDocument>`
      )
    ).to.equal('embedded')
    const bomb = `<!DOCTYPE x [<!ENTITY a "Johna"><!ENTITY b "&a;&a;&a;&a;">]>${document('<text>&b;</text>')}`
    expect(attached('text/xml', bomb)).to.equal('entities')
    expect(attached('text/xml', `<!DOCTYPE x SYSTEM "file:///etc/passwd">${document('<text>&b;</text>')}`)).to.have.property('size')
  })

  it('what follows the document is no part of it', () => {
    expect(
      attachedText('text/xml', `${document('')}<ClinicalDocument><title>Johnathan</title></ClinicalDocument>Johnathan`)
    ).not.to.contain('Johna')
    expect(attachedText('text/xml', `Johnathan${document('')}`)).to.equal('mismatch')
  })

  it('codes that could be numbers of a person stand in the shape that safe-harbor gives them, with their check digit', () => {
    const shapes = new Map(safeHarbor().codeSystems.map(({ system, pattern }) => [system, pattern]))
    for (const { system, shape } of NUMBERED.values()) expect(shape.source, system).to.equal(`^(?:${shapes.get(system)})$`)
    const left = (code: string, root: number): boolean =>
      sectionOf(`<code code="${code}" codeSystem="2.16.840.1.113883.6.${root}"/>`).includes(`code="${code}"`)
    expect([left('38341003', 96), left('20210314', 96), left('5551234567', 96)]).to.deep.equal([true, false, false])
    expect([left('8480-6', 1), left('8480-5', 1), left('5551234', 88), left('197361', 88)]).to.deep.equal([true, false, false, true])
  })

  it('a number whose unit is not known goes with it: 50 micrograms are not 50', () => {
    const dose = (unit: string): string => sectionOf(`<entry><supply><quantity value="50"${unit}/></supply></entry>`)
    expect(dose(' unit="mcg"')).to.contain('<quantity nullFlavor="MSK">').and.not.to.contain('50')
    expect(dose(' unit="ug"')).to.contain('value="50" unit="ug"')
    expect(dose('')).to.contain('value="50"')
  })

  it('what was taken back is said no more', () => {
    const told =
      '<text>Dose <content styleCode="Bold Strikethrough">5</content>50 mg <content revised="delete">daily</content>weekly</text>'
    expect(sectionOf(told)).to.equal('<text>Dose [struck] 50 mg weekly</text>')
  })
})
