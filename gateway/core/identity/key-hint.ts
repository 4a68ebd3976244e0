/**
 * What the header of a signed text says of its key, believed by nobody: it only helps to find the registered key. Decides nothing; `x5c` counts only of a
 * party that is registered by a certificate chain, and then only as far as the registered anchors vouch for it.
 */
export interface KeyHint {
  readonly kid?: unknown
  readonly x5c?: unknown
  readonly 'x5t#S256'?: unknown
}
