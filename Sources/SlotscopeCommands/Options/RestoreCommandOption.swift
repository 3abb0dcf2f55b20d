import ArgumentParser
import ClusterFiles
import Evidence
import Glibc
import PostgresFormat
import SlotSafety

/// `--restore-command`: archived WAL that only a command brings.
struct RestoreCommandOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A command that fetches archived WAL, as restore_command (%f, %p); 'standby' takes the standby's own.",
      discussion: """
        It is run with /bin/sh, as this user, for the WAL and the timeline histories that the question needs, several at a time; what \
        it brings lies in a folder of $TMPDIR (/tmp), outside every data directory, and is gone at the end. Without this option no \
        command of any file is ever run.
        """, valueName: "command"))
  var restoreCommand: String?

  func validate() throws {
    guard let restoreCommand else { return }
    guard restoreCommand == "standby" || restoreCommand.contains("%f"), !restoreCommand.unicodeScalars.contains("\0")
    else {
      throw ValidationError("--restore-command takes a command with %f, or standby")
    }
  }
}

/// What a restore command fetches: a folder that is read like an archive, and lasts as long as somebody has it.
enum FetchedWAL {
  /// Fetches what `node` lacks from `start` on. `standby`: whose own command may be meant.
  static func fetch(
    _ text: String, of node: Evidence, from start: LSN, standby: (evidence: Evidence, source: Source)?, jobs: Int,
    progress: ProgressLine
  ) throws(CommandFailure) -> PassingFolder {
    let command = RestoreCommand(text == "standby" ? try Self.command(of: standby) : text)
    let folder: PassingFolder
    do throws(PassingFolder.Refusal) { folder = try PassingFolder("slotscope", in: Self.parent) } catch {
      throw CommandFailure(error.message, hint: "Name another folder in TMPDIR.")
    }
    do throws(RestoreCommand.Failure) {
      try command.fetch(
        of: node, from: start, missing: missing(of: node, from: start), into: folder, jobs: min(8, max(2, jobs))
      ) { name in progress.update("fetching \(name)") }
    } catch { throw CommandFailure(error.message, detail: error.detail, hint: error.hint) }
    return folder
  }

  /// The segments that are not in the node's own folder, before the one with the end of its WAL; all, where nobody looked there.
  private static func missing(of node: Evidence, from start: LSN) -> [SegmentGap] {
    guard let size = node.wal.segmentSize, size > 0, let end = node.wal.end?.lsn, let history = node.currentHistory
    else { return [] }
    let available = AvailableWAL(node) ?? AvailableWAL(size: size, end: end, history: history, live: node.wal.live)
    return available.missing(from: start, to: SegmentNumber(containing: end, size: size).start(size: size))
  }

  private static var parent: String {
    // SAFETY: the text is copied at once, and nothing changes the environment meanwhile.
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    return named.hasPrefix("/") ? named : "/tmp"
  }

  private static func command(of standby: (evidence: Evidence, source: Source)?) throws(CommandFailure) -> String {
    let setting = standby.flatMap { standby in
      standby.evidence.version.flatMap {
        EffectiveSettings(standby.evidence.settings, version: $0)["restore_command"]
      }
    }
    guard let setting, !setting.text.isEmpty else {
      throw CommandFailure(
        "the standby has no restore_command, or its configuration could not be read", hint: instead)
    }
    // Evidence keeps it without what may be a secret: not a command that anybody wrote.
    guard setting.text.contains(SecretRedaction.withheldValue) else { return setting.text }
    guard let directory = standby?.source.directory, let assignment = setting.assignment,
      let whole = directory.wholeValue(of: assignment)
    else {
      throw CommandFailure("parts of the standby's restore_command were withheld when it was read", hint: instead)
    }
    return whole
  }

  private static let instead = "Give the command itself (--restore-command 'cp /archive/%f %p')."
}
