// Who calls, by the tokens in use: a reload reads their secrets anew and exchanges all at once. Must not know what a token permits.
import { checkTokens, identify, type Caller } from './access.ts'
import type { AdminSettings } from './model.ts'
import { readTokens } from './token-file.ts'

export class Tokens {
  #identify: ReturnType<typeof identify> = () => {
    throw new Error('nobody can be told from anybody before the secrets are read')
  }

  /**
   * Who calls, by the Authorization header.
   * @throws NC_UNAUTHORIZED
   */
  identify(authorization: string | undefined): Caller {
    return this.#identify(authorization)
  }

  /**
   * Reads the secrets, and puts them into force when `then` is done; when that or any secret fails, those in use stay.
   * @throws NC_CONFIG naming the token and what is wrong with its secret; what `then` throws
   */
  async renew({ tokens, address }: AdminSettings, then: () => Promise<void>): Promise<void> {
    const read = await readTokens(tokens)
    checkTokens(read, address)
    await then()
    this.#identify = identify(read)
  }
}
