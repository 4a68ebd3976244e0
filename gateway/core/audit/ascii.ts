/** JSON in ASCII, as events go to a SIEM: a MSG in UTF-8 would begin with a byte order mark (RFC 5424 §6.4), on which JSON readers stumble. */
export function asciiJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
