// What the admin room is told: its address and tokens. Knows no YAML.

export type AdminRole = 'viewer' | 'reporter' | 'operator'

export interface AdminToken {
  readonly name: string
  readonly role: AdminRole
  /** Absolute path of the file that holds the secret. */
  readonly secretFile: string
}

export interface AdminSettings {
  readonly address: string
  readonly port: number
  readonly tokens: readonly AdminToken[]
}
