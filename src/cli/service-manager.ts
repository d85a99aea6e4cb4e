// Tells systemd how the service is doing, as sd_notify(3) does. Knows the environment, nothing of the daemon.
import type { Logger } from '../telemetry/logger.ts'

/** Assignments of sd_notify(3), e.g. `READY=1`. Does nothing where no service manager listens. */
export async function tellServiceManager(log: Logger, ...assignments: readonly string[]): Promise<void> {
  const path = process.env.NOTIFY_SOCKET
  if (!path) return
  try {
    const { sendUnixDatagram } = await import('../server/syscalls.ts')
    sendUnixDatagram(path, assignments.join('\n'))
  } catch (err) {
    log.error({ event: 'service.not_told', assignments, err }, 'systemd does not learn of it and may act on it')
  }
}
