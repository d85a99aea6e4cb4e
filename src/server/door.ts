// What every door is: sockets that hand one message at a time to one function and send what it wrote. Knows no DNS and no tables.
import { NearcastError } from '../errors.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Client } from './client.ts'
import type { Endpoint } from './model.ts'

/**
 * Writes the answer over the message and returns its length; 0 sends nothing; below 0 the message is to be handed over whole.
 * @param bytes the message at its start; its length is the room there is for the answer
 */
export type Respond = (bytes: Uint8Array, length: number, client: Client) => number

/**
 * Hands a message to the thread that answers it in time; false when that has too much to do.
 * @param ticket comes back with the answer, where it does not go to the client straight away
 */
export type HandOver = (bytes: Uint8Array, length: number, client: Client, ticket: number) => boolean

/**
 * Bytes a message over UDP has, query and answer alike. A longer query is dropped and counted: no question needs so much,
 * and what was cut off would be missing from the answer.
 */
export const udpRoomBytes = 1536

export interface DoorSettings {
  /** Each address is bound on its own; port 0 takes a free one. */
  readonly listen: readonly Endpoint[]
  /** Descriptors of sockets that listen there already, which stay open when the door stops; TCP only. */
  readonly sockets?: readonly number[]
  readonly respond: Respond
  /** Left away: nobody takes messages. */
  readonly handOver?: HandOver
  /** The row of the thread this door runs in. */
  readonly counters: Counters
  /** A socket that fails after it was bound; the door is of no use any more. */
  readonly onFailure: (error: Error) => void
}

export interface Door {
  /** What was bound, in the order of `listen`, with the real ports. */
  readonly bound: readonly Endpoint[]
  /** Sends the answer to a message that was handed over. */
  answered(ticket: number, bytes: Uint8Array): void
  /** Takes nothing new, answers what was received, and resolves when every socket is closed. Asked again, it waits along. */
  stop(): Promise<void>
}

/**
 * Why an address could not be bound, with what to do about it.
 * @param key where the configuration names the address
 */
export function bindError(
  error: NodeJS.ErrnoException,
  endpoint: Endpoint,
  protocol: 'UDP' | 'TCP',
  key = 'server.listen',
): NearcastError {
  const where = `${endpoint.address} port ${endpoint.port} (${protocol})`
  const options = { cause: error }
  switch (error.code ?? '') {
    case 'EADDRINUSE':
      return new NearcastError(
        'NC_ADDRESS_IN_USE',
        `${where} is already in use. Is another Nearcast, or another name server, running here? ` +
          `Stop it, or give ${key} another address or port.`,
        options,
      )
    case 'EACCES':
      return new NearcastError(
        'NC_FORBIDDEN',
        `${where} may not be bound by this user. Grant CAP_NET_BIND_SERVICE, or choose a port from 1024 up in ${key}.`,
        options,
      )
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new NearcastError(
        'NC_ADDRESS_MISSING',
        `${where} is not an address of this machine. Add it to an interface, or correct ${key}.`,
        options,
      )
    default:
      return new NearcastError('NC_INTERNAL', `${where} could not be bound: ${error.message}`, options)
  }
}
