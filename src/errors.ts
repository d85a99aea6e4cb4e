// Every error of the control path, with its code, exit code and HTTP status. The query path throws none of them.

interface Kind {
  /** What the process exits with when this ends it. */
  readonly exit: number
  /** What an admin call gets. */
  readonly status: number
}

const kinds = {
  NC_USAGE: { exit: 64, status: 400 },
  NC_CONFIG: { exit: 2, status: 422 },
  NC_DATABASE: { exit: 2, status: 422 },
  NC_ADDRESS_IN_USE: { exit: 69, status: 503 },
  NC_ADDRESS_MISSING: { exit: 69, status: 503 },
  NC_DELEGATION: { exit: 65, status: 422 },
  NC_UNREACHABLE: { exit: 69, status: 503 },
  NC_BAD_REQUEST: { exit: 64, status: 400 },
  NC_UNAUTHORIZED: { exit: 77, status: 401 },
  NC_FORBIDDEN: { exit: 77, status: 403 },
  NC_NOT_FOUND: { exit: 66, status: 404 },
  NC_CONFLICT: { exit: 75, status: 409 },
  NC_INTERNAL: { exit: 70, status: 500 },
} as const satisfies Record<string, Kind>

export type ErrorCode = keyof typeof kinds

/** An error a person can act on: the message says what was found, what was expected and what to do. */
export class NearcastError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NearcastError'
    this.code = code
  }

  /** Process exit code: sysexits(3) values, and 2 for a configuration that was refused. */
  get exit(): number {
    return kinds[this.code].exit
  }

  /** HTTP status of an admin reply. */
  get status(): number {
    return kinds[this.code].status
  }
}
