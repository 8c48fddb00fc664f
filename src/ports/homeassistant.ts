/** Home Assistant's WebSocket through its own client library, which is loaded at the first question. */
import type { Auth } from 'home-assistant-js-websocket';
import { type HomeAssistant, HomeAssistantFault, HomeAssistantRefusal } from './homeassistant-types.ts';

/** The proxy of the Supervisor; its token signs in as an administrator. Source: Supervisor, api/proxy.py. */
export const SUPERVISOR_WEBSOCKET = 'ws://supervisor/core/websocket';

/** `url`: `http://host:8123` of a Home Assistant, or the whole ws address of a proxy. */
export function homeAssistantAt(url: string, token: string): HomeAssistant {
  const wsUrl = url.startsWith('ws') ? url : `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/api/websocket`;
  return {
    async open() {
      const { createConnection, ERR_INVALID_AUTH } = await import('home-assistant-js-websocket');
      // The library's own class only knows addresses that end in /api/websocket.
      const auth = { wsUrl, accessToken: token, expired: false } as unknown as Auth;
      const connection = await createConnection({ auth, setupRetry: 0 }).catch((error: unknown) => {
        throw new HomeAssistantFault(error === ERR_INVALID_AUTH ? 'token' : 'absent', wsUrl);
      });
      return {
        version: connection.haVersion,
        ask: <T>(type: string, fields: Readonly<Record<string, unknown>> = {}): Promise<T> =>
          connection.sendMessagePromise<T>({ type, ...fields }).catch((error: unknown) => {
            throw refusal(type, error, wsUrl);
          }),
        [Symbol.dispose]: () => connection.close(),
      };
    },
  };
}

/** The library rejects with Core's error object, or with a number of its own when the connection is lost. */
function refusal(type: string, error: unknown, address: string): Error {
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error)
    return new HomeAssistantRefusal(String(error.code), `${type}: ${String(error.message)}`);
  return new HomeAssistantFault('lost', address);
}
