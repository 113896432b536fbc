/** Ports that are free on an address just now, for UDP and TCP. */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** The first of `count` neighbouring ones. */
export async function freePorts(count, address = '127.0.0.1') {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.flatMap((port) => [isFreeTcp(port, address), isFreeUdp(port, address)]));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

function isFreeTcp(port, address) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, address, () => probe.close(() => resolve(true)));
  });
}

function isFreeUdp(port, address) {
  return new Promise((resolve) => {
    const probe = createSocket('udp4');
    probe.once('error', () => resolve(false));
    probe.bind(port, address, () => probe.close(() => resolve(true)));
  });
}
