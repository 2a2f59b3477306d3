#!/usr/bin/env perl
# The event encoding, the payload commitment and the hash, written from the
# package comment in audit/doc.go alone, so that the Go code has something to
# agree with that is not itself. Perl's core modules are enough.
#
#   encode.pl         < events.json   one line an event: commitment hash encoding
#   encode.pl --fill  < events.json   the same file with these three computed and
#                                     "previous" taken from the event before
#
# This is how the vectors were made. They are frozen: another encoding gets
# another first line and vectors of its own, beside these.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use JSON::PP;

sub text {
    my ($s) = @_;
    utf8::encode($s) if defined $s;
    return $s;
}
sub bytes { my ($hex) = @_; return defined $hex ? pack('H*', $hex) : undef }
sub int64 { my ($decimal) = @_; return pack('q>', $decimal) }

sub commitment {
    my ($e) = @_;
    return sha256("tasktrail/payload/v1\n" . bytes($e->{salt}) . text($e->{payload}));
}

sub encoding {
    my ($h) = @_;
    my @fields = (
        bytes($h->{trail}),
        int64($h->{position}),
        int64($h->{recordedAt}),
        text($h->{action}),
        text($h->{subjectKind}),
        text($h->{subjectId}),
        int64($h->{subjectVersion}),
        text($h->{incidentId}),
        text($h->{actorKind}),
        text($h->{actorId}),
        text($h->{requestId}),
        text($h->{mutationId}),
        bytes($h->{fingerprint}),
        bytes($h->{commitment}),
        bytes($h->{previous}),
    );
    my ($out, $tag) = ("tasktrail/event/v1\n", 0);
    for my $value (@fields) {
        $out .= pack('C', ++$tag);
        $out .= defined $value ? pack('C Q> a*', 1, length $value, $value) : pack('C', 0);
    }
    return $out;
}

my $json   = JSON::PP->new->ascii->canonical->pretty->indent_length(2);
my $events = JSON::PP->new->utf8->decode(do { local $/; <STDIN> });
my $fill   = grep { $_ eq '--fill' } @ARGV;
my $before;
for my $e (@$events) {
    my $h = $e->{header};
    $h->{previous} = $before->{hash}
        if $fill && $before && $before->{header}{trail} eq $h->{trail}
        && $h->{position} eq "$before->{header}{position}" + 1;
    my $commitment = unpack('H*', commitment($e));
    $h->{commitment} = $commitment if $fill;
    my $encoding = encoding($h);
    my $hash     = unpack('H*', sha256($encoding));
    if ($fill) {
        @$e{qw(encoding hash)} = (unpack('H*', $encoding), $hash);
        $before = $e;
    } else {
        print join(' ', $commitment, $hash, unpack('H*', $encoding)), "\n";
    }
}
print $json->encode($events) if $fill;
