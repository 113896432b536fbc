/** A page's peer connections themselves, for what only the browser knows of them. */

/** To run ahead of a page's own code: remembers every connection that it makes. */
export function rememberConnections() {
  window.connections = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...parameters) {
      super(...parameters);
      window.connections.push(this);
    }
  };
}

/** Of every connection that has a path: `transport`, and `local` and `remote`, the candidates in use. */
export function pathsOf(caller) {
  return caller.page.evaluate(async () => {
    const found = [];
    for (const connection of window.connections) {
      const report = await connection.getStats();
      for (const transport of report.values()) {
        const pair = transport.type === 'transport' && report.get(transport.selectedCandidatePairId);
        if (!pair) continue;
        found.push({ transport, local: report.get(pair.localCandidateId), remote: report.get(pair.remoteCandidateId) });
      }
    }
    return found;
  });
}

/** Every entry of that type in the statistics of all connections. */
export function statsOf(caller, type) {
  return caller.page.evaluate(async (wanted) => {
    const reports = await Promise.all(window.connections.map((connection) => connection.getStats()));
    return reports.flatMap((report) => [...report.values()]).filter((entry) => entry.type === wanted);
  }, type);
}
