/** Ids that the gateway gives: random UUIDs in lower case (RFC 9562 §4). Whatever else stands where one is asked for names nothing, and is never asked of the database. */
const OWN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isOwnId(text: string): boolean {
  return OWN_ID.test(text)
}
