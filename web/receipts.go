package web

import (
	"context"

	"custodock/store"
)

type receiptPath struct {
	Code string `path:"code" doc:"The receipt's code, in any case, with or without its dashes."`
}

// receiptCheck is a receipt and whether it holds.
type receiptCheck struct {
	Receipt store.Receipt `json:"receipt"`
	Agrees  bool          `json:"agrees" doc:"Whether the catalog still says of its clips what it said when the receipt was made. If not, clips are lost or changed."`
}

func (s *server) checkReceipt(ctx context.Context, p *receiptPath) (*body[receiptCheck], error) {
	r, agrees, err := s.store.CheckReceipt(p.Code)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	if !agrees {
		s.log.Error("a receipt does not agree with the catalog", "receipt", r.Code, "docking", r.Docking, "camera", r.Camera)
	}
	return &body[receiptCheck]{receiptCheck{*r, agrees}}, nil
}
