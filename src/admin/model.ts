// What the admin room is told: its address and tokens. Knows no YAML.

export type AdminRole = 'viewer' | 'reporter' | 'operator'

export interface AdminToken {
  readonly name: string
  readonly role: AdminRole
  /** Absolute path of the file that holds the secret. */
  readonly secretFile: string
}

/** What a secret looks like that cannot be guessed. */
export const secretForm: RegExp = /^[\x21-\x7e]{16,1024}$/
export const secretFormInWords = '16 to 1024 printable characters without spaces'

export interface AdminSettings {
  readonly address: string
  readonly port: number
  readonly tokens: readonly AdminToken[]
}
