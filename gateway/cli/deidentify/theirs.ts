/** Is what --profile names a configuration of Microsoft's tool? Decides by its keys, without loading what would read it. Refuses nothing. */
import { readFileSync, statSync } from 'node:fs'
import { isTheirs, type Members, readDocument } from '../../microsoft/document.ts'

/** The document; null for anything else, which the profile reader will judge. */
export function theirDocument(path: string): Members | null {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null
  const read = readDocument(readFileSync(path))
  return 'document' in read && isTheirs(read.document) ? read.document : null
}
