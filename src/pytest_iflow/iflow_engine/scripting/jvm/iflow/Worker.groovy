package iflow

import groovy.transform.CompileStatic
import java.util.concurrent.BlockingQueue
import java.util.concurrent.LinkedBlockingQueue

/** Reads requests from standard input, runs one script after the other, and ends when its input ends. */
@CompileStatic
class Worker {
    static void main(String[] arguments) {
        Wire wire = new Wire(System.in, new FileOutputStream(FileDescriptor.out))
        System.setIn(new ByteArrayInputStream(new byte[0]))
        Output output = new Output()
        System.setOut(new PrintStream(output, true, 'UTF-8'))
        System.setErr(System.out)
        BlockingQueue<Frame> requests = new LinkedBlockingQueue<Frame>()
        Scripts scripts = new Scripts(wire, output)
        Thread runner = new Thread(new ThreadGroup('scripts'), {
            while (true) { scripts.answer(requests.take()) }
        } as Runnable, 'script')
        runner.daemon = true
        runner.uncaughtExceptionHandler = { Thread thread, Throwable error ->
            error.printStackTrace(new PrintStream(new FileOutputStream(FileDescriptor.err), true))
            Runtime.runtime.halt(error instanceof OutOfMemoryError ? Wire.OUT_OF_MEMORY : Wire.BROKEN)
        } as Thread.UncaughtExceptionHandler
        runner.start()
        wire.write([ready: (Object) GroovySystem.version, java: (Object) System.getProperty('java.version')], null)
        try {
            for (Frame frame = wire.read(); frame != null; frame = wire.read()) {
                (frame.header.containsKey('answer') ? wire.answers : requests).put(frame)
            }
        } finally {
            Runtime.runtime.halt(0)
        }
    }
}
