@testable import PostgresFormat

extension ControlFile {
  /// A plain primary of 17, stopped cleanly; tests change what they are about.
  static let sample = ControlFile(
    systemIdentifier: 7, controlVersion: 1700, catalogVersion: 202_406_281, state: .shutDown, stateNumber: 1,
    time: Timestamp(unixSeconds: 0), checkpointLSN: LSN(0x100_0028), priorCheckpointLSN: nil,
    checkpoint: Checkpoint(
      redo: LSN(0x100_0028), timeline: TimelineID(1), previousTimeline: TimelineID(1), fullPageWrites: true,
      walLevel: 2, logicalDecodingEnabled: nil, nextXID: FullTransactionID(epoch: 0, xid: 800), nextOID: OID(20000),
      nextMulti: 1, nextMultiOffset: 0, oldestXID: TransactionID(700), oldestXIDDatabase: OID(1), oldestMulti: 1,
      oldestMultiDatabase: OID(1), time: Timestamp(unixSeconds: 0), oldestCommitTimestampXID: .none,
      newestCommitTimestampXID: .none, oldestActiveXID: .none),
    unloggedLSN: LSN(1000), minRecoveryPoint: .none, minRecoveryPointTimeline: TimelineID(0), backupStartPoint: .none,
    backupEndPoint: .none, backupEndRequired: false, walLevel: 2, walLogHints: false, maxConnections: 100,
    maxWorkerProcesses: 8, maxWALSenders: 10, maxPreparedTransactions: 0, maxLocksPerTransaction: 64,
    trackCommitTimestamp: false, maxAlign: 8, floatFormatMatches: true, blockSize: 8192, relationSegmentBlocks: 131_072,
    slruPagesPerSegment: nil, walBlockSize: 8192, walSegmentSize: 16 << 20, nameDataLength: 64, indexMaxKeys: 32,
    toastMaxChunkSize: 1996, largeObjectBlockSize: 2048, integerTimestamps: nil, float4ByValue: nil,
    float8ByValue: true, dataChecksumVersion: 0, dataChecksumVersionAtInit: nil, defaultCharSigned: nil,
    mockAuthenticationNonce: nil, checksumError: nil, layout: .v17)
}
