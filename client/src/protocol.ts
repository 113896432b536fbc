/** What travels between the page and the server: requests with their answers, and the server's events. */

import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
  SctpParameters,
} from 'mediasoup-client/types';
import type { Permission, Role } from './roles';

export interface RemoteProducer {
  producerId: string;
  kind: MediaKind;
  paused: boolean;
  appData?: Record<string, unknown>;
}

/** Which of a video's layers is received, counted from the smallest. */
export interface Layers {
  spatialLayer: number;
  temporalLayer: number;
}

export interface Speaker {
  peerId: string | null;
  producerId: string | null;
}

/** What somebody sent to the room, or to this page alone. */
export interface Message {
  /** Names the message: kept ones come again with each answer to `joinRoom`. */
  id: string;
  /** RFC 3339. */
  at: string;
  peerId: string;
  userId: string;
  displayName?: string | null;
  /** The only receiver; null: everybody. */
  to: string | null;
  topic: string;
  data: unknown;
}

export type QualityProblem = 'packet_loss' | 'jitter' | 'rtt' | 'bitrate' | 'score';
export type Severity = 'low' | 'medium' | 'high';

export interface QualityWarning {
  type: QualityProblem;
  severity: Severity;
}

export interface RemotePeer {
  peerId: string;
  userId: string;
  displayName?: string | null;
  role?: Role;
  /** Whether its connection is lost just now. */
  reconnecting?: boolean;
  /** The quality warnings that are in force, if there are any. */
  warnings?: QualityWarning[];
}

/** What the server has of a peer that comes back. */
export interface OwnMedia {
  transports: string[];
  producers: { producerId: string; paused: boolean }[];
  consumers: { consumerId: string; producerId: string; producerPaused: boolean; layers: Layers | null }[];
  warnings?: QualityWarning[];
  /** What somebody who keeps order has muted of it. */
  muted?: { kinds: MediaKind[]; producerIds: string[] };
}

/** A kind of media, or one producer. */
export type MuteTarget = { kind: MediaKind; producerId?: undefined } | { producerId: string; kind?: undefined };

/** `by` is the peer who did it; null: the server, or an application behind it. */
export type Done<T> = T & { by: string | null };

/** Parameters of a transport made by the server; `device.createSendTransport` takes them as they are. */
export interface TransportOffer {
  id: string;
  iceParameters: IceParameters;
  iceCandidates: IceCandidate[];
  dtlsParameters: DtlsParameters;
  sctpParameters?: SctpParameters | null;
  iceServers?: RTCIceServer[] | null;
}

export interface ConsumerOffer {
  id: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  producerPaused: boolean;
}

type Empty = Record<string, never>;

/** Every request the page makes: what is sent (`undefined`: nothing but the callback) and what comes back. */
export interface Requests {
  createRoom: { send: { callId: string }; receive: { rtpCapabilities: RtpCapabilities } };
  joinRoom: {
    send: { callId: string; userId: string; displayName: string; rtpCapabilities: RtpCapabilities; resumeToken?: string };
    receive: {
      peerId: string;
      resumeToken: string;
      role?: Role;
      permissions?: Permission[];
      locked?: boolean;
      peers: (RemotePeer & { producers: RemoteProducer[] })[];
      /** Only for one who comes back. */
      own?: OwnMedia;
      /** Null in silence, and where the server does not watch who speaks. */
      activeSpeaker?: Speaker | null;
      messages?: Message[];
    };
  };
  createTransport: { send: { direction: 'send' | 'recv' }; receive: TransportOffer };
  connectTransport: { send: { transportId: string; dtlsParameters: DtlsParameters }; receive: Empty };
  restartIce: { send: { transportId: string }; receive: { iceParameters: IceParameters; iceServers?: RTCIceServer[] } };
  getProducers: { send: { callId: string }; receive: { producers: (RemoteProducer & { peerId: string })[] } };
  produce: {
    send: { transportId: string; kind: MediaKind; rtpParameters: RtpParameters; appData: Record<string, unknown>; paused: boolean };
    /** `muted`: somebody who keeps order has muted what this stands in the place of. */
    receive: { id: string; muted?: boolean };
  };
  consume: {
    send: { transportId: string; producerId: string; rtpCapabilities: RtpCapabilities };
    receive: ConsumerOffer;
  };
  resumeConsumer: { send: { consumerId: string }; receive: Empty };
  pauseConsumer: { send: { consumerId: string }; receive: Empty };
  setConsumerPreferredLayers: { send: { consumerId: string; spatialLayer: number }; receive: Empty };
  sendMessage: { send: { topic: string; data: unknown }; receive: { id: string; at: string } };
  pauseProducer: { send: { producerId: string }; receive: Empty };
  resumeProducer: { send: { producerId: string }; receive: Empty };
  closeProducer: { send: { producerId: string }; receive: Empty };
  leaveRoom: { send: undefined; receive: Empty };
  kickPeer: { send: { peerId: string; ban: boolean }; receive: Empty };
  mutePeer: { send: { peerId: string; kind: MediaKind; muted: boolean }; receive: Empty };
  setPeerRole: { send: { peerId: string; role: Role }; receive: Empty };
  lockRoom: { send: { locked: boolean }; receive: Empty };
  closeRoom: { send: Empty; receive: Empty };
}

export type Entry = Requests['joinRoom']['receive'];

export type Reply<T> =
  | { success: true; data: T }
  | { success: false; error: { code: string; message: string; retryAfterMs?: number } };

type ProducerEvent = RemoteProducer & { peerId: string };
type ConsumerEvent = { consumerId: string; producerId: string };

/** Every event the page listens to. */
export interface Events {
  peerJoined: RemotePeer;
  peerLeft: { peerId: string; reason: string };
  peerReconnecting: { peerId: string };
  peerResumed: { peerId: string };
  mediaReset: { rtpCapabilities: RtpCapabilities; reason: string };
  kicked: Done<{ reason: string }>;
  muted: Done<MuteTarget>;
  unmuted: Done<MuteTarget>;
  peerRoleChanged: Done<{ peerId: string; role: Role; permissions?: Permission[] }>;
  roomLocked: Done<{ locked: boolean }>;
  newProducer: ProducerEvent;
  producerClosed: ProducerEvent;
  producerPaused: ProducerEvent;
  producerResumed: ProducerEvent;
  consumerClosed: ConsumerEvent;
  consumerPaused: ConsumerEvent;
  consumerResumed: ConsumerEvent;
  consumerLayersChanged: { consumerId: string; layers: Layers | null };
  consumerScore: { consumerId: string; score: { score: number; producerScore: number } };
  producerLayersWanted: { producerId: string; spatialLayer: number | null };
  activeSpeaker: Speaker;
  message: Message;
  qualityWarning: QualityWarning & { peerId: string };
  qualityRecovered: { peerId: string; type: QualityProblem };
  roomClosed: { callId: string; reason: string };
  serverDraining: { deadline: string | number };
  requestError: { event: string; code: string; message: string };
}
