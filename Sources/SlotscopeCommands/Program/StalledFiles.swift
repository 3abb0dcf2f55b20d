import ClusterFiles
import Glibc
import Reporting
import Synchronization

/// Ends the program where a file system does not answer any more. Without it the program would wait with it, deaf to a terminal's
/// Ctrl-C, and a plugin or a metrics file would say nothing.
enum StalledFiles {
  /// Seconds, a look each; slow disks answer within a few, tapes do not hold data directories.
  private static let limit = 30

  /// Which document monitoring waits for.
  private static let arguments = Mutex<[String]>([])

  /// Watches on a thread of its own until the process ends.
  static func watch(_ words: [String]) {
    arguments.withLock { $0 = words }
    var thread = pthread_t()
    // SAFETY: the thread is given nothing, and the place for its number lives during the call.
    let status = unsafe pthread_create(
      &thread, nil,
      { _ in
        StalledFiles.look()
        return nil
      }, nil)
    if status == 0 { pthread_detach(thread) }
  }

  private static func look() {
    var watch = FileWait.Watch()
    while true {
      sleep(1)
      if let path = watch.look(patience: limit) { end(path, arguments.withLock { $0 }) }
    }
  }

  private static func end(_ path: String, _ arguments: [String]) -> Never {
    let failure = CommandFailure(
      "\(path): the file system has not answered for \(limit) s",
      hint: "A network file system whose server is gone looks like this. See to it, or give a copy of the directory.")
    Terminal.report(failure)
    // The place of the document may be on the same file system.
    alarm(10)
    if let document = MonitoringDocument(wrong: arguments) { try? document.write(failure: failure.message) }
    // Other threads are in calls that do not return: nothing is put in order any more.
    _exit(ExitStatus.unknown.rawValue)
  }
}
