/** A test with a server and browsers of its own, after which nothing may be left of either. */

import test from 'node:test';
import { Browser } from './browser.js';
import { Server } from './server.js';
import { within } from './wait.js';

/** Milliseconds; what is left of it once `act` had its own is for cleaning up. */
const TIMEOUT = 180_000;
const ACT_DEADLINE = 150_000;

/**
 * Runs `act` with a fresh server, `settings` being variables of its environment. When it is through, all browsers are closed as people close them, and the server
 * has to report that nothing is left. Whatever happens, browsers and server are ended.
 */
export function scenario(name, act, settings) {
  test(name, { timeout: TIMEOUT }, () => stage(act, settings));
}

/** The same within a test; `place` is where the server runs. */
export async function stage(act, settings, place) {
  const server = await Server.start(settings, place);
  const browsers = [];
  const startBrowser = async (where = place) => {
    const browser = await Browser.start(where, server.url);
    browsers.push(browser);
    return browser;
  };
  try {
    await within(ACT_DEADLINE, act({ server, startBrowser }));
    await Promise.all(browsers.map((browser) => browser.close()));
    await server.expectEmpty();
  } catch (error) {
    const accounts = await Promise.all(browsers.map((browser) => browser.account()));
    console.log(['What was known when it failed:', ...accounts, 'The server:', server.tail].join('\n'));
    await Promise.allSettled([server.kill(), ...browsers.map((browser) => browser.kill())]);
    throw error;
  }
  await server.stop();
}
