/** Made by scripts/generate.ts. */
interface Fault {
  readonly instancePath: string
  readonly keyword: string
  readonly params?: Readonly<Record<string, unknown>>
}
interface Validate {
  (data: unknown): boolean
  errors?: readonly Fault[] | null
}
/** Any R4 resource: resourceType picks the schema. */
export declare const validateResource: Validate
/** One Bundle.entry. */
export declare const validateBundleEntry: Validate
