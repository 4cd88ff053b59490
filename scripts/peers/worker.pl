#!/usr/bin/perl
# A worker of the classic dialect, in Perl, to copy and to write your own
# functions into. Try it with
#
#    runner --wire classic --exec 'perl scripts/peers/worker.pl' echo hello
#    runner --wire classic --stdio --exec 'perl scripts/peers/worker.pl --stdio' echo hello
#
# With --async several calls run at the same time (and runner needs --async,
# too); that takes the module AnyEvent (Debian: libanyevent-perl).
# The stream is file descriptor 3, or standard input and output with --stdio.
# The bytes on it are described in wire/PROTOCOL.md, sections 2 and 8.

use strict;
use warnings;
use Errno ();
use Getopt::Long;

# ---- The functions that the parent can call: replace them by your own. ------
#
# Arguments and results are lists of octet strings. An exception that nothing
# catches ends the worker, with its message on standard error. event(...) sends
# an event.

# A call in the sync mode. It returns the results.
sub run {
   my ($what, @args) = @_;
   $what //= ""; # a call can be without arguments

   if ($what eq "echo") {
      return @args;
   }
   if ($what eq "events") {
      event("tick", $_) for 1 .. $args[0];
      return $args[0];
   }
   if ($what eq "sleep") {
      select undef, undef, undef, $args[0];
      return $args[0];
   }
   if ($what eq "length") {
      return length $args[0];
   }
   if ($what eq "die") {
      exit 7;
   }
   die "there is no function '$what'\n";
}

# A call in the async mode. It calls $done->(...) with the results, now or later.
sub run_async {
   my ($done, $what, @args) = @_;
   $what //= "";

   if ($what eq "sleep") {
      my $timer;
      $timer = AnyEvent->timer(after => $args[0], cb => sub {
         undef $timer;
         $done->($args[0]);
      });
      return;
   }
   $done->(run($what, @args));
}

# ---- The serialiser "string": each octet string after its length. -----------

sub freeze { pack "(w/a*)*", @_ }
sub thaw { unpack "(w/a*)*", $_[0] }

# ---- The stream. ------------------------------------------------------------

GetOptions("async" => \my $async, "stdio" => \my $stdio) && !@ARGV
   or die "usage: worker.pl [--async] [--stdio]\n";

my ($in, $out);
if ($stdio) {
   # What is printed must not get between the frames: they get a descriptor of
   # their own, and standard output becomes standard error.
   open $in, "<&", \*STDIN or die "worker.pl: standard input: $!\n";
   open $out, ">&", \*STDOUT or die "worker.pl: standard output: $!\n";
   open STDOUT, ">&", \*STDERR or die "worker.pl: standard error: $!\n";
   open STDIN, "<", "/dev/null" or die "worker.pl: /dev/null: $!\n";
} else {
   open $in, "+<&=", 3
      or die "worker.pl: no stream: $! (a parent starts this program with a socket as descriptor 3)\n";
   $out = $in;
}
binmode $_ for $in, $out;

my $write; # writes octets; each mode has its own

sub send_frame {
   my ($id, @values) = @_;
   $write->(pack "N N/a*", $id, freeze(@values));
}

sub event { send_frame(0, @_) }

$async ? serve_async() : serve_sync();

# ---- The sync mode: read a request, run it, write the answer. ---------------

sub serve_sync {
   $in->blocking(1);
   $out->blocking(1);

   $write = sub {
      my $written = 0;
      while ($written < length $_[0]) { # a write may take only a part
         my $n = syswrite $out, $_[0], length($_[0]) - $written, $written;
         $written += $n if defined $n;
         die "worker.pl: write: $!\n" if !defined $n && !$!{EINTR};
      }
   };

   while (length(my $header = read_octets(4))) {
      length $header == 4
         or die "worker.pl: the stream ended within the header of a request\n";
      my $length = unpack "N", $header;
      my $payload = read_octets($length);
      length $payload == $length
         or die "worker.pl: the stream ended within a request\n";
      send_frame(1, run(thaw($payload)));
   }
   exit 0; # which closes the stream: the parent sees a good end
}

# Reads $n octets; fewer, if the stream ends before them.
sub read_octets {
   my ($n) = @_;
   my $octets = "";
   while ((my $missing = $n - length $octets) > 0) {
      # No more than 1 MiB at a time: memory is taken as the octets come.
      my $got = sysread $in, $octets, $missing < 1 << 20 ? $missing : 1 << 20, length $octets;
      next if !defined $got && $!{EINTR};
      die "worker.pl: read: $!\n" if !defined $got;
      last if !$got;
   }
   return $octets;
}

# ---- The async mode: AnyEvent reads, writes and keeps the time. -------------

sub serve_async {
   require AnyEvent;
   require AnyEvent::Handle;

   my $outstanding = 0;
   my $ended;

   # A handle for each direction, so that trouble with one leaves the other be.
   my $writer = AnyEvent::Handle->new(
      fh => $out,
      on_error => sub { fail("write: $_[2]") },
   );
   my $reader = AnyEvent::Handle->new(
      fh => $in,
      on_error => sub { fail($!{EPIPE} ? "the stream ended within a request" : "read: $_[2]") },
      on_eof => sub {
         $ended = 1;
         finish($writer) if !$outstanding;
      },
   );
   $write = sub { $writer->push_write($_[0]) };

   my $start = sub {
      my ($id, $payload) = @_;
      ++$outstanding;
      my $done = sub {
         send_frame($id, @_);
         finish($writer) if !--$outstanding && $ended;
      };
      # Not every event loop lets an exception end the program.
      eval { run_async($done, thaw($payload)); 1 } or fail($@);
   };

   $reader->on_read(sub {
      $reader->unshift_read(chunk => 8, sub {
         my ($id, $length) = unpack "NN", $_[1];
         $reader->unshift_read(chunk => $length, sub { $start->($id, $_[1]) });
      });
   });

   AnyEvent->condvar->recv; # for ever: finish and fail exit
}

# Exits when all is written, which closes the stream: the parent sees a good end.
sub finish {
   $_[0]->on_drain(sub { exit 0 });
}

sub fail {
   my ($message) = @_;
   chomp $message;
   print STDERR "worker.pl: $message\n";
   exit 1;
}
