package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// echoMethod is the method's full name. Its messages are of protobuf's own types, so
// that no code has to be generated; the bytes are those of a message with a string.
const echoMethod = "/bench.Echo/Echo"

func (*echoPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Echo",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Echo", Handler: echo}},
	}, nil)
	return nil
}

func echo(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
	in := new(wrapperspb.StringValue)
	if err := decode(in); err != nil {
		return nil, err
	}
	answer := func(_ context.Context, in any) (any, error) { return in, nil }
	if interceptor == nil {
		return answer(ctx, in)
	}
	return interceptor(ctx, in, &grpc.UnaryServerInfo{FullMethod: echoMethod}, answer)
}

func (*echoPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return grpcClient{conn}, nil
}

type grpcClient struct{ conn *grpc.ClientConn }

func (c grpcClient) Echo(payload string) (string, error) {
	answer := new(wrapperspb.StringValue)
	err := c.conn.Invoke(context.Background(), echoMethod, wrapperspb.String(payload), answer)
	return answer.GetValue(), err
}
