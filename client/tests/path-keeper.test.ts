import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_RESTARTS, PATIENCE, PathKeeper, RESTART_DEADLINE } from '../src/path-keeper';

function keeper() {
  const handlers = { restart: vi.fn(async () => undefined), lost: vi.fn() };
  return { keeper: new PathKeeper(handlers), ...handlers };
}

describe('PathKeeper', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets a path come back by itself', () => {
    const { keeper: path, restart } = keeper();
    path.changed('disconnected');
    vi.advanceTimersByTime(PATIENCE - 1);
    path.changed('connected');
    vi.advanceTimersByTime(10 * RESTART_DEADLINE);
    expect(restart).not.toHaveBeenCalled();
  });

  it('restarts when it does not', () => {
    const { keeper: path, restart, lost } = keeper();
    path.changed('disconnected');
    vi.advanceTimersByTime(PATIENCE);
    expect(restart).toHaveBeenCalledTimes(1);
    path.changed('connected');
    vi.advanceTimersByTime(10 * RESTART_DEADLINE);
    expect(lost).not.toHaveBeenCalled();
  });

  it('restarts at once when the browser has given up', () => {
    const { keeper: path, restart } = keeper();
    path.changed('failed');
    expect(restart).toHaveBeenCalledTimes(1);
  });

  it('gives up after some restarts in vain', () => {
    const { keeper: path, restart, lost } = keeper();
    path.changed('failed');
    vi.advanceTimersByTime(MAX_RESTARTS * RESTART_DEADLINE);
    expect(restart).toHaveBeenCalledTimes(MAX_RESTARTS);
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('survives a restart that is refused', async () => {
    const { keeper: path, restart } = keeper();
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    restart.mockRejectedValueOnce(new Error('refused'));
    path.changed('failed');
    await vi.advanceTimersByTimeAsync(RESTART_DEADLINE);
    expect(restart).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });

  it('does nothing once it is closed', () => {
    const { keeper: path, restart } = keeper();
    path.changed('disconnected');
    path.close();
    path.networkChanged();
    vi.advanceTimersByTime(10 * RESTART_DEADLINE);
    expect(restart).not.toHaveBeenCalled();
  });
});
