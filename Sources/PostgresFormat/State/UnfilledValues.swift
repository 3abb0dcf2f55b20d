// Values to be filled in member by member, as a reader of another document does.

extension ControlFile {
  /// Every number 0, nothing known, of the newest version's layout.
  package init() {
    self.init(
      systemIdentifier: 0, controlVersion: 0, catalogVersion: 0, stateNumber: 0, time: Timestamp(unixMicroseconds: 0),
      checkpointLSN: .none, checkpoint: Checkpoint(), minRecoveryPoint: .none, minRecoveryPointTimeline: TimelineID(0),
      backupStartPoint: .none, backupEndPoint: .none, backupEndRequired: false, maxAlign: 0, floatFormatMatches: false,
      blockSize: 0, relationSegmentBlocks: 0, walBlockSize: 0, walSegmentSize: 0, nameDataLength: 0, indexMaxKeys: 0,
      toastMaxChunkSize: 0, largeObjectBlockSize: 0, float8ByValue: false, dataChecksumVersion: 0, layout: .newest)
  }
}

extension Checkpoint {
  /// Every number 0, nothing known.
  package init() {
    self.init(
      redo: .none, timeline: TimelineID(0), previousTimeline: TimelineID(0), fullPageWrites: false,
      nextXID: FullTransactionID(rawValue: 0), nextOID: .none, nextMulti: 0, nextMultiOffset: 0, oldestXID: .none,
      oldestXIDDatabase: .none, oldestMulti: 0, oldestMultiDatabase: .none, time: Timestamp(unixMicroseconds: 0),
      oldestCommitTimestampXID: .none, newestCommitTimestampXID: .none, oldestActiveXID: .none)
  }
}

extension ParameterChange {
  /// Every number 0.
  package init() {
    (maxConnections, maxWorkerProcesses, maxPreparedTransactions, maxLocksPerTransaction) = (0, 0, 0, 0)
    (walLevel, walLogHints, trackCommitTimestamp) = (0, false, false)
  }
}

extension BackupLabel {
  /// No position, and none of the lines that may be left out.
  package init() {
    self.init(startLSN: .none, startSegment: "", startTimeline: TimelineID(0), checkpointLSN: .none)
  }
}

extension SnapshotFile {
  /// Every number 0.
  package init() {
    self.init(
      fileVersion: 0, state: 0, xmin: .none, xmax: .none, startDecodingAt: .none, lastSerializedSnapshot: .none,
      committedCount: 0)
  }
}

extension PostmasterPID {
  /// No process.
  package init() { self.init(pid: 0) }
}
