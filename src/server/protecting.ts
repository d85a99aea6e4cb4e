// Main's side of protection: reads secrets, and puts them and limits into force for all threads. Knows no configuration file.
import { setCookieSecrets } from './cookies.ts'
import type { ServerSettings } from './model.ts'
import { createProtection, type Protection } from './protection.ts'
import { setRateLimits } from './rate-limits.ts'
import { randomSecret, readSecrets } from './secret-file.ts'

export class Protecting {
  /** For the threads. */
  readonly shared: Protection = createProtection()
  /** What signs cookies where no file has a secret, in hexadecimal digits. */
  readonly cookieSecret: string

  /** @param cookieSecret that of the process whose place this one takes */
  constructor(cookieSecret: string = Buffer.from(randomSecret()).toString('hex')) {
    this.cookieSecret = cookieSecret
  }

  /**
   * Reads the secrets of cookies, then puts them and the limits into force: all or nothing.
   * @throws NC_CONFIG naming a file that cannot be used
   */
  async apply({ cookies, rateLimit }: ServerSettings): Promise<void> {
    setCookieSecrets(this.shared.secrets, await readSecrets(cookies, Buffer.from(this.cookieSecret, 'hex')))
    setRateLimits(this.shared.limits, rateLimit)
  }
}
