/** What a CAN bus looks like to drivers: frames that are heard, nothing that is sent. */

/** One classic CAN data frame as it was heard. */
export interface CanFrame {
  /** 11 bits, or 29 where `extended`. */
  readonly id: number;
  readonly extended: boolean;
  /** 0 to 8 bytes. */
  readonly data: Uint8Array;
  /** Monotonic ms at which the program took it in; up to 50 ms after the wire. */
  readonly atMs: number;
}
/** Lets through what agrees with `id` in the bits of `mask` (all bits when absent). */
export interface CanFilter {
  readonly id: number;
  readonly mask?: number;
  readonly extended?: boolean;
}
export interface CanOptions {
  /** Bit/s of the bus. A serial adapter is set to it; a network interface has its own, and this one is only named in messages. */
  readonly bitrate: 125_000 | 250_000 | 500_000 | 1_000_000;
  /** A serial adapter only hears and does not even acknowledge. A network interface is made silent where it is brought up. */
  readonly silent: boolean;
  /** Without any: every frame. */
  readonly filters?: readonly CanFilter[];
}
/** An open bus that is only listened to: there is no way to send. Disposing closes it and ends `frames`. */
export interface CanLine extends AsyncDisposable {
  /** Data frames as they come. Ends on abort or close, throws DeviceError when interface or adapter goes away. Bounded: see `droppedFrames`. */
  frames(): AsyncIterable<CanFrame>;
  /** Frames thrown away because nobody read them in time. */
  readonly droppedFrames: number;
  /** Lines of a serial adapter that were no frame; stays 0 on a network interface, whose hardware refuses what is damaged. */
  readonly damagedLines: number;
}
export interface CanBuses {
  /** `name` is a network interface (`can0`) or the path of a serial adapter that speaks SLCAN. Throws DeviceError (absent, down, refused). */
  open(name: string, options: CanOptions, signal: AbortSignal): Promise<CanLine>;
}
