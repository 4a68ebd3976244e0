/** Types of launch.js, which stays JavaScript because any Node must be able to run it. */
export const NODE: string
export const CLI: string
export const FLAGS: readonly string[]
export const SETTINGS: Readonly<Record<string, string>>
