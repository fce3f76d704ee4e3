"""The one place that reaches into asyncssh: two connection classes and two channel classes.

What the public interface can't do, and a gate needs:

* partial success, so that a key alone is never enough, and a factor is credited only after
  its proof verified (asyncssh calls the validate hook for unsigned offers too);
* back-pressure: asyncssh ignores a full transport, so that a client which announces a huge window and
  stops reading grows the process by 200 MB/s;
* knowing of every request it would refuse or answer by itself, because each is evidence;
* exact bytes: commands that are not UTF-8, terminal modes as the client sent them.

Written against one version and checked at start: with another, nothing opens.
"""
